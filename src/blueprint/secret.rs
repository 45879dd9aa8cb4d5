//! References to secrets: recognised where they are written, checked for their form, never looked into.

use std::sync::Arc;

use crate::model::SecretRef;

const PREFIX: &str = "secret://";
const FORMS: &str = "write `secret://env/<VARIABLE>` or `secret://aws-secretsmanager/<name>[#<key>]`";

/// What a text says of secrets.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    None,
    /// It is a reference and nothing else.
    Reference(SecretRef),
    /// It means to be one, or holds one.
    Wrong {
        /// What is wrong.
        message: String,
        /// How to mend it.
        help: &'static str,
    },
}

/// Looks for a secret in a text.
pub fn find(text: &Arc<str>) -> Found {
    let Some(at) = text.find(PREFIX) else { return Found::None };
    let rest = &text[at + PREFIX.len()..];
    let known = rest.strip_prefix("env/").or_else(|| rest.strip_prefix("aws-secretsmanager/"));
    match (at, known) {
        (0, Some(name)) if !name.is_empty() && !name.starts_with('#') => {
            Found::Reference(SecretRef(text.clone()))
        }
        (0, _) => Found::Wrong { message: format!("`{text}` is no reference to a secret"), help: FORMS },
        (_, Some(_)) => Found::Wrong {
            message: "a secret can't be a part of a text: it has to be the whole value".to_owned(),
            help: "keep the whole text as the secret, and refer to that",
        },
        (_, None) => Found::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_whole_and_of_a_known_kind() {
        let reference = |text: &str| matches!(find(&Arc::from(text)), Found::Reference(_));
        assert!(reference("secret://env/TOKEN"));
        assert!(reference("secret://aws-secretsmanager/prod/db#password"));
        for text in ["secret://vault/x", "secret://env/", "secret://", "postgres://u:secret://env/PW@host/db"]
        {
            assert!(matches!(find(&Arc::from(text)), Found::Wrong { .. }), "{text}");
        }
        assert_eq!(find(&Arc::from("say `secret://` before it")), Found::None);
    }
}
