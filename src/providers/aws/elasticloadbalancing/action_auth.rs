//! Actions that ask who the user is: Amazon Cognito and OpenID Connect.

use std::collections::HashMap;

use aws_sdk_elasticloadbalancingv2::types::{
    AuthenticateCognitoActionConditionalBehaviorEnum, AuthenticateCognitoActionConfig,
    AuthenticateOidcActionConditionalBehaviorEnum, AuthenticateOidcActionConfig,
};

use super::super::{Shape, Writer};
use crate::model::Json;

/// How a type's schema writes `SessionTimeout`: listeners as text, rules as a number (seconds).
#[derive(Clone, Copy, Debug)]
pub enum Timeout {
    /// `"604800"`.
    Text,
    /// `604800`.
    Number,
}

impl Timeout {
    fn of(self, seconds: i64) -> Json {
        match self {
            Self::Text => seconds.to_string().into(),
            Self::Number => seconds.into(),
        }
    }
}

/// Cognito's configuration for a create or a change.
pub fn write_cognito(config: Shape<'_>) -> AuthenticateCognitoActionConfig {
    let behaviour = config.str("OnUnauthenticatedRequest");
    AuthenticateCognitoActionConfig::builder()
        .set_user_pool_arn(config.text("UserPoolArn"))
        .set_user_pool_client_id(config.text("UserPoolClientId"))
        .set_user_pool_domain(config.text("UserPoolDomain"))
        .set_session_cookie_name(config.text("SessionCookieName"))
        .set_scope(config.text("Scope"))
        .set_session_timeout(config.int("SessionTimeout"))
        .set_authentication_request_extra_params(extra(config))
        .set_on_unauthenticated_request(behaviour.map(AuthenticateCognitoActionConditionalBehaviorEnum::from))
        .build()
}

/// OpenID Connect's configuration for a create or a change.
pub fn write_oidc(config: Shape<'_>) -> AuthenticateOidcActionConfig {
    let behaviour = config.str("OnUnauthenticatedRequest");
    AuthenticateOidcActionConfig::builder()
        .set_issuer(config.text("Issuer"))
        .set_authorization_endpoint(config.text("AuthorizationEndpoint"))
        .set_token_endpoint(config.text("TokenEndpoint"))
        .set_user_info_endpoint(config.text("UserInfoEndpoint"))
        .set_client_id(config.text("ClientId"))
        .set_client_secret(config.text("ClientSecret"))
        .set_use_existing_client_secret(config.bool("UseExistingClientSecret"))
        .set_session_cookie_name(config.text("SessionCookieName"))
        .set_scope(config.text("Scope"))
        .set_session_timeout(config.int("SessionTimeout"))
        .set_authentication_request_extra_params(extra(config))
        .set_on_unauthenticated_request(behaviour.map(AuthenticateOidcActionConditionalBehaviorEnum::from))
        .build()
}

/// Cognito's configuration as a live resource has it.
pub fn read_cognito(config: &AuthenticateCognitoActionConfig, timeout: Timeout) -> Writer {
    let behaviour = config.on_unauthenticated_request();
    Writer::new()
        .put("UserPoolArn", config.user_pool_arn())
        .put("UserPoolClientId", config.user_pool_client_id())
        .put("UserPoolDomain", config.user_pool_domain())
        .put("SessionCookieName", config.session_cookie_name())
        .put("Scope", config.scope())
        .put("SessionTimeout", config.session_timeout().map(|seconds| timeout.of(seconds)))
        .put(
            "OnUnauthenticatedRequest",
            behaviour.map(AuthenticateCognitoActionConditionalBehaviorEnum::as_str),
        )
        .nest("AuthenticationRequestExtraParams", read_extra(config.authentication_request_extra_params()))
}

/// OpenID Connect's configuration as a live resource has it; the client secret is never returned.
pub fn read_oidc(config: &AuthenticateOidcActionConfig, timeout: Timeout) -> Writer {
    let behaviour = config.on_unauthenticated_request();
    Writer::new()
        .put("Issuer", config.issuer())
        .put("AuthorizationEndpoint", config.authorization_endpoint())
        .put("TokenEndpoint", config.token_endpoint())
        .put("UserInfoEndpoint", config.user_info_endpoint())
        .put("ClientId", config.client_id())
        .put("SessionCookieName", config.session_cookie_name())
        .put("Scope", config.scope())
        .put("SessionTimeout", config.session_timeout().map(|seconds| timeout.of(seconds)))
        .put("OnUnauthenticatedRequest", behaviour.map(AuthenticateOidcActionConditionalBehaviorEnum::as_str))
        .nest("AuthenticationRequestExtraParams", read_extra(config.authentication_request_extra_params()))
}

fn extra(config: Shape<'_>) -> Option<HashMap<String, String>> {
    let params = config.object("AuthenticationRequestExtraParams")?;
    Some(params.0.keys().filter_map(|key| Some((key.clone(), params.text(key)?))).collect())
}

fn read_extra(params: Option<&HashMap<String, String>>) -> Writer {
    let mut params: Vec<_> = params.into_iter().flatten().collect();
    params.sort_unstable();
    params.into_iter().fold(Writer::new(), |writer, (key, value)| writer.set(key, value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_client_secret_is_sent_and_never_read() {
        let config = json!({
            "Issuer": "https://idp", "ClientId": "me", "ClientSecret": "hidden", "SessionTimeout": "3600",
            "AuthenticationRequestExtraParams": {"prompt": "login"},
        });
        let written = write_oidc(Shape(config.as_object().unwrap()));
        assert_eq!(written.client_secret(), Some("hidden"));
        assert_eq!(
            Json::from(read_oidc(&written, Timeout::Text)),
            json!({
                "Issuer": "https://idp", "ClientId": "me", "SessionTimeout": "3600",
                "AuthenticationRequestExtraParams": {"prompt": "login"},
            })
        );
    }
}
