//! Amazon Resource Names, taken apart.

/// `arn:<partition>:<service>:<region>:<account>:<resource>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// `sqs`.
    pub service: &'a str,
    /// Empty for what is global.
    pub region: &'a str,
    /// Empty where the service leaves it out, as S3 does.
    pub account: &'a str,
    /// All the rest: `table/orders`, `function:resize`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` for any other text.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next();
        if next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: next()?,
            service: next()?,
            region: next()?,
            account: next()?,
            resource: next()?,
        })
    }

    /// What follows the kind of resource: `orders` of `table/orders`, `a/b` of `parameter/a/b`.
    pub fn name(self) -> &'a str {
        self.resource.split_once(['/', ':']).map_or(self.resource, |(_, name)| name)
    }

    /// The last part: the id of `loadbalancer/app/web/50dc6c495c0c9188`.
    pub fn last(self) -> &'a str {
        self.resource.rsplit(['/', ':']).next().unwrap_or(self.resource)
    }

    /// The parts of the resource: `["regional", "webacl", "web", "a1b2"]`.
    pub fn parts(self) -> Vec<&'a str> {
        self.resource.split(['/', ':']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart() {
        let arn = Arn::parse("arn:aws:lambda:eu-west-1:123456789012:function:resize").unwrap();
        assert_eq!((arn.service, arn.region, arn.account), ("lambda", "eu-west-1", "123456789012"));
        assert_eq!((arn.name(), arn.last()), ("resize", "resize"));
    }

    #[test]
    fn a_name_may_hold_slashes() {
        let arn = Arn::parse("arn:aws:ssm:eu-west-1:123456789012:parameter/web/port").unwrap();
        assert_eq!((arn.name(), arn.last()), ("web/port", "port"));
        assert_eq!(Arn::parse("arn:aws:s3:::media").unwrap().name(), "media");
    }

    #[test]
    fn other_texts_are_no_arns() {
        assert_eq!(Arn::parse("vpc-1"), None);
        assert_eq!(Arn::parse("arn:aws:s3"), None);
    }
}
