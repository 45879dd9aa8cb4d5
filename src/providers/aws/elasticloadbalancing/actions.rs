//! What listeners and rules do with a request: the API's actions and CloudFormation's, which have the same names.
//!
//! A forward to one target group has two forms, `TargetGroupArn` and a `ForwardConfig` with one group. Both are
//! reported and both are sent, so that a blueprint may use either.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, FixedResponseActionConfig, ForwardActionConfig,
    JwtValidationActionAdditionalClaim, JwtValidationActionAdditionalClaimFormatEnum,
    JwtValidationActionConfig, RedirectActionConfig, RedirectActionStatusCodeEnum,
    TargetGroupStickinessConfig, TargetGroupTuple,
};

use super::super::{Shape, Writer};
use super::action_auth::{self, Timeout};

/// Actions for a create or a change.
pub fn write(actions: &[Shape<'_>]) -> Vec<Action> {
    actions.iter().map(|action| write_one(*action)).collect()
}

fn write_one(action: Shape<'_>) -> Action {
    let forward = forward(action);
    Action::builder()
        .set_type(action.str("Type").map(ActionTypeEnum::from))
        .set_order(action.i32("Order"))
        .set_target_group_arn(action.text("TargetGroupArn").or_else(|| lone_group(forward.as_ref())))
        .set_forward_config(forward)
        .set_redirect_config(action.object("RedirectConfig").map(redirect))
        .set_fixed_response_config(action.object("FixedResponseConfig").map(fixed_response))
        .set_authenticate_cognito_config(
            action.object("AuthenticateCognitoConfig").map(action_auth::write_cognito),
        )
        .set_authenticate_oidc_config(action.object("AuthenticateOidcConfig").map(action_auth::write_oidc))
        .set_jwt_validation_config(action.object("JwtValidationConfig").map(jwt))
        .build()
}

fn forward(action: Shape<'_>) -> Option<ForwardActionConfig> {
    let config = action.object("ForwardConfig")?;
    let group = |group: &Shape<'_>| {
        TargetGroupTuple::builder()
            .set_target_group_arn(group.text("TargetGroupArn"))
            .set_weight(group.i32("Weight"))
            .build()
    };
    let stickiness = config.object("TargetGroupStickinessConfig").map(|stickiness| {
        TargetGroupStickinessConfig::builder()
            .set_enabled(stickiness.bool("Enabled"))
            .set_duration_seconds(stickiness.i32("DurationSeconds"))
            .build()
    });
    let groups = config.objects("TargetGroups").iter().map(group).collect();
    Some(
        ForwardActionConfig::builder()
            .set_target_groups(Some(groups))
            .set_target_group_stickiness_config(stickiness)
            .build(),
    )
}

/// The group of a forward to one alone.
fn lone_group(config: Option<&ForwardActionConfig>) -> Option<String> {
    match config?.target_groups() {
        [group] => group.target_group_arn().map(str::to_owned),
        _ => None,
    }
}

fn redirect(config: Shape<'_>) -> RedirectActionConfig {
    RedirectActionConfig::builder()
        .set_protocol(config.text("Protocol"))
        .set_port(config.text("Port"))
        .set_host(config.text("Host"))
        .set_path(config.text("Path"))
        .set_query(config.text("Query"))
        .set_status_code(config.str("StatusCode").map(RedirectActionStatusCodeEnum::from))
        .build()
}

fn fixed_response(config: Shape<'_>) -> FixedResponseActionConfig {
    FixedResponseActionConfig::builder()
        .set_status_code(config.text("StatusCode"))
        .set_content_type(config.text("ContentType"))
        .set_message_body(config.text("MessageBody"))
        .build()
}

fn jwt(config: Shape<'_>) -> JwtValidationActionConfig {
    let claim = |claim: &Shape<'_>| {
        JwtValidationActionAdditionalClaim::builder()
            .set_name(claim.text("Name"))
            .set_format(claim.str("Format").map(JwtValidationActionAdditionalClaimFormatEnum::from))
            .set_values(claim.strings_if_set("Values"))
            .build()
    };
    let claims: Vec<_> = config.objects("AdditionalClaims").iter().map(claim).collect();
    JwtValidationActionConfig::builder()
        .set_issuer(config.text("Issuer"))
        .set_jwks_endpoint(config.text("JwksEndpoint"))
        .set_additional_claims((!claims.is_empty()).then_some(claims))
        .build()
}

/// Actions as a live resource has them; `timeout` is the form that its type's schema gives session timeouts.
pub fn read(actions: &[Action], timeout: Timeout) -> Vec<Writer> {
    let mut actions: Vec<&Action> = actions.iter().collect();
    actions.sort_by_key(|action| action.order());
    actions.into_iter().map(|action| read_one(action, timeout)).collect()
}

fn read_one(action: &Action, timeout: Timeout) -> Writer {
    let group = action.target_group_arn().map(str::to_owned).or_else(|| lone_group(action.forward_config()));
    let cognito = action.authenticate_cognito_config();
    let oidc = action.authenticate_oidc_config();
    Writer::new()
        .put("Type", action.r#type().map(ActionTypeEnum::as_str))
        .put("Order", action.order())
        .nest("ForwardConfig", read_forward(action.forward_config(), group.as_deref()))
        .put("TargetGroupArn", group)
        .put("RedirectConfig", action.redirect_config().map(read_redirect))
        .put("FixedResponseConfig", action.fixed_response_config().map(read_fixed_response))
        .put("AuthenticateCognitoConfig", cognito.map(|config| action_auth::read_cognito(config, timeout)))
        .put("AuthenticateOidcConfig", oidc.map(|config| action_auth::read_oidc(config, timeout)))
        .put("JwtValidationConfig", action.jwt_validation_config().map(read_jwt))
}

fn read_forward(config: Option<&ForwardActionConfig>, lone: Option<&str>) -> Writer {
    let group = |arn: Option<&str>, weight: Option<i32>| {
        Writer::new().put("TargetGroupArn", arn).set("Weight", weight.unwrap_or(1))
    };
    let listed = config.map(ForwardActionConfig::target_groups).unwrap_or_default();
    let groups: Vec<Writer> = if listed.is_empty() {
        lone.map(|arn| group(Some(arn), None)).into_iter().collect()
    } else {
        listed.iter().map(|found| group(found.target_group_arn(), found.weight())).collect()
    };
    if groups.is_empty() {
        return Writer::new();
    }
    let stickiness = config.and_then(ForwardActionConfig::target_group_stickiness_config);
    let enabled = stickiness.and_then(TargetGroupStickinessConfig::enabled).unwrap_or(false);
    let seconds = stickiness.and_then(TargetGroupStickinessConfig::duration_seconds);
    Writer::new().list("TargetGroups", groups).nest(
        "TargetGroupStickinessConfig",
        Writer::new().set("Enabled", enabled).put("DurationSeconds", seconds),
    )
}

fn read_redirect(config: &RedirectActionConfig) -> Writer {
    Writer::new()
        .put("Protocol", config.protocol())
        .put("Port", config.port())
        .put("Host", config.host())
        .put("Path", config.path())
        .put("Query", config.query())
        .put("StatusCode", config.status_code().map(RedirectActionStatusCodeEnum::as_str))
}

fn read_fixed_response(config: &FixedResponseActionConfig) -> Writer {
    Writer::new()
        .put("StatusCode", config.status_code())
        .put("ContentType", config.content_type())
        .put("MessageBody", config.message_body().filter(|body| !body.is_empty()))
}

fn read_jwt(config: &JwtValidationActionConfig) -> Writer {
    let claim = |claim: &JwtValidationActionAdditionalClaim| {
        Writer::new()
            .put("Name", claim.name())
            .put("Format", claim.format().map(JwtValidationActionAdditionalClaimFormatEnum::as_str))
            .list("Values", claim.values().iter().map(String::as_str))
    };
    Writer::new()
        .put("Issuer", config.issuer())
        .put("JwksEndpoint", config.jwks_endpoint())
        .list("AdditionalClaims", config.additional_claims().iter().map(claim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    fn round(action: &Json) -> Json {
        let written = write(&[Shape(action.as_object().unwrap())]);
        read(&written, Timeout::Number).pop().unwrap().into()
    }

    #[test]
    fn both_forms_of_a_forward_are_one() {
        let expected = json!({
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": "arn:tg", "Weight": 1}],
                "TargetGroupStickinessConfig": {"Enabled": false},
            },
            "TargetGroupArn": "arn:tg",
        });
        let group = json!({"TargetGroups": [{"TargetGroupArn": "arn:tg"}]});
        assert_eq!(round(&json!({"Type": "forward", "TargetGroupArn": "arn:tg"})), expected);
        assert_eq!(round(&json!({"Type": "forward", "ForwardConfig": group})), expected);
    }

    #[test]
    fn weighted_groups_have_no_short_form() {
        let action = json!({"Type": "forward", "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": "arn:blue", "Weight": 90},
                {"TargetGroupArn": "arn:green", "Weight": 10},
            ],
            "TargetGroupStickinessConfig": {"Enabled": true, "DurationSeconds": 60},
        }});
        assert_eq!(round(&action), action);
    }

    #[test]
    fn other_kinds_come_back_as_they_were_written() {
        for action in [
            json!({"Type": "redirect", "Order": 1, "RedirectConfig": {
                "Protocol": "HTTPS", "Port": "443", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}",
                "StatusCode": "HTTP_301",
            }}),
            json!({"Type": "fixed-response", "FixedResponseConfig": {
                "StatusCode": "503", "ContentType": "text/plain", "MessageBody": "later",
            }}),
            json!({"Type": "jwt-validation", "JwtValidationConfig": {
                "Issuer": "https://a", "JwksEndpoint": "https://a/keys",
                "AdditionalClaims": [{"Name": "scope", "Format": "space-separated-values", "Values": ["read"]}],
            }}),
        ] {
            assert_eq!(round(&action), action);
        }
    }
}
