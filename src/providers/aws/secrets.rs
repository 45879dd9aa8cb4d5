//! `secret://` references: resolved when they are applied, never kept.

use aws_sdk_secretsmanager::Client;

use super::{Aws, failed};
use crate::model::{Json, Scope, SecretRef};
use crate::providers::{ErrorKind, ProviderError, Result};

/// A reference, taken apart.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    /// `secret://env/<variable>`.
    Environment(&'a str),
    /// `secret://aws-secretsmanager/<name or ARN>[#<key of a JSON secret>]`.
    SecretsManager { id: &'a str, key: Option<&'a str> },
}

/// The text that a reference stands for; a secret of AWS is read in the resource's region.
pub async fn resolve(aws: &Aws, secret: &SecretRef, scope: &Scope) -> Result<String> {
    match parse(secret)? {
        Source::Environment(name) => std::env::var(name).map_err(|_| {
            let message = format!("{}: the environment variable `{name}` is not set", secret.0);
            ProviderError::new(ErrorKind::Invalid, "secret", message)
        }),
        Source::SecretsManager { id, key } => {
            let text = read(aws, scope, id).await?;
            match key {
                None => Ok(text),
                Some(key) => pick(&text, key).map_err(|problem| {
                    ProviderError::new(ErrorKind::Invalid, "secret", format!("{}: {problem}", secret.0))
                }),
            }
        }
    }
}

fn parse(secret: &SecretRef) -> Result<Source<'_>> {
    let rest = secret.0.strip_prefix("secret://").unwrap_or(&secret.0);
    match rest.split_once('/') {
        Some(("env", name)) if !name.is_empty() => Ok(Source::Environment(name)),
        Some(("aws-secretsmanager", id)) if !id.is_empty() => Ok(match id.split_once('#') {
            Some((id, key)) => Source::SecretsManager { id, key: Some(key) },
            None => Source::SecretsManager { id, key: None },
        }),
        _ => Err(ProviderError::new(
            ErrorKind::Invalid,
            "secret",
            format!(
                "`{}` is no secret reference: write `secret://env/<VARIABLE>` or \
                 `secret://aws-secretsmanager/<name>[#<key>]`",
                secret.0
            ),
        )),
    }
}

async fn read(aws: &Aws, scope: &Scope, id: &str) -> Result<String> {
    let client = aws.client(scope, Client::new);
    let answer = client
        .get_secret_value()
        .secret_id(id)
        .send()
        .await
        .map_err(failed("secretsmanager:GetSecretValue"))?;
    answer.secret_string.ok_or_else(|| {
        let message = format!("the secret `{id}` is binary; only a text can be a property");
        ProviderError::new(ErrorKind::Invalid, "secretsmanager:GetSecretValue", message)
    })
}

/// A key of a secret that is a JSON object. The messages hold nothing of the secret but its keys' number.
fn pick(text: &str, key: &str) -> std::result::Result<String, String> {
    let Ok(Json::Object(map)) = serde_json::from_str::<Json>(text) else {
        return Err(format!("the secret is no JSON object, so it has no key `{key}`"));
    };
    match map.get(key) {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(Json::Null) | None => Err(format!("the secret has no key `{key}` among its {}", map.len())),
        Some(other) => Ok(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(text: &str) -> SecretRef {
        SecretRef(text.into())
    }

    #[test]
    fn references_are_taken_apart() {
        assert_eq!(parse(&reference("secret://env/TOKEN")).unwrap(), Source::Environment("TOKEN"));
        assert_eq!(
            parse(&reference("secret://aws-secretsmanager/prod/db#password")).unwrap(),
            Source::SecretsManager { id: "prod/db", key: Some("password") }
        );
        assert!(parse(&reference("secret://vault/x")).unwrap_err().to_string().contains("secret://env/"));
        assert!(parse(&reference("secret://env/")).is_err());
    }

    #[test]
    fn a_key_is_picked_and_no_message_shows_the_secret() {
        let text = r#"{"user": "app", "port": 5432}"#;
        assert_eq!(pick(text, "user").unwrap(), "app");
        assert_eq!(pick(text, "port").unwrap(), "5432");
        for problem in [pick(text, "password").unwrap_err(), pick("s3cret", "user").unwrap_err()] {
            assert!(!problem.contains("app") && !problem.contains("s3cret"), "{problem}");
        }
    }
}
