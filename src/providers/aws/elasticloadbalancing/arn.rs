//! The ARNs of the service hold the ids of all that a resource hangs under.

/// The load balancer of a listener:
/// `...:listener/app/web/50dc6c49/f2f7dc8e` hangs under `...:loadbalancer/app/web/50dc6c49`.
pub fn balancer_of_listener(listener: &str) -> Option<String> {
    let (head, tail) = listener.split_once(":listener/")?;
    let (balancer, _) = tail.rsplit_once('/')?;
    Some(format!("{head}:loadbalancer/{balancer}"))
}

/// The listener of a rule:
/// `...:listener-rule/app/web/50dc6c49/f2f7dc8e/9683b2d0` hangs under `...:listener/app/web/50dc6c49/f2f7dc8e`.
pub fn listener_of_rule(rule: &str) -> Option<String> {
    let (head, tail) = rule.split_once(":listener-rule/")?;
    let (listener, _) = tail.rsplit_once('/')?;
    Some(format!("{head}:listener/{listener}"))
}

/// A load balancer's name in CloudWatch's dimensions: `app/web/50dc6c49`.
pub fn balancer_full_name(balancer: &str) -> Option<&str> {
    balancer.split_once(":loadbalancer/").map(|(_, name)| name)
}

/// A target group's name in CloudWatch's dimensions: `targetgroup/web/73e2d6bc`.
pub fn target_group_full_name(group: &str) -> Option<&str> {
    group.rsplit_once(':').map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012";

    #[test]
    fn what_hangs_under_what() {
        let rule = format!("{HEAD}:listener-rule/app/web/50dc6c49/f2f7dc8e/9683b2d0");
        let listener = format!("{HEAD}:listener/app/web/50dc6c49/f2f7dc8e");
        let balancer = format!("{HEAD}:loadbalancer/app/web/50dc6c49");
        assert_eq!(listener_of_rule(&rule), Some(listener.clone()));
        assert_eq!(balancer_of_listener(&listener), Some(balancer.clone()));
        assert_eq!(balancer_full_name(&balancer), Some("app/web/50dc6c49"));
        let group = format!("{HEAD}:targetgroup/web/73e2d6bc");
        assert_eq!(target_group_full_name(&group), Some("targetgroup/web/73e2d6bc"));
    }
}
