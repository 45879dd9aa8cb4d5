//! What of a live resource may be shown: not what the record in its tags marks as a secret; and where there is no record,
//! not what is called one.

use std::borrow::Cow;

use super::{Owned, Owns, Rules};
use crate::model::{Desired, Json, JsonMap, Live, Shown};

/// How the names of secrets end, without `_` and in small letters.
const SECRET: [&str; 6] = ["password", "secret", "secretstring", "token", "privatekey", "apikey"];

/// What stands in a secret's place inside of a value.
const VEIL: &str = "(sensitive)";

/// Hides the secrets of a live resource.
#[derive(Clone, Debug)]
pub struct Veil<'a> {
    owns: Cow<'a, Owns>,
    by_name: bool,
}

impl<'a> Veil<'a> {
    /// By a record alone.
    pub fn of_record(owns: &'a Owns) -> Self {
        Self { owns: Cow::Borrowed(owns), by_name: false }
    }

    /// By the resource's own record; where it carries none, by what its blueprint marks and by names.
    pub fn of(rules: &Rules, live: &Live, desired: Option<&Desired>) -> Self {
        let record = Owns::read(&live.tags);
        let by_name = record.is_none() && !rules.is_kubernetes();
        let written =
            || desired.map(|desired| Owned::of(rules, &desired.properties, [].into_iter(), &[]).owns);
        Self { owns: Cow::Owned(record.or_else(written).unwrap_or_default()), by_name }
    }

    /// All properties of a resource, as people may see them.
    pub fn properties(&self, live: &Live) -> JsonMap {
        let mut shown = live.shown();
        for (name, value) in &mut shown {
            *value = match self.show(name, value) {
                Shown::Value(value) => value,
                Shown::KnownAfterApply | Shown::Sensitive => Json::from(VEIL),
            };
        }
        shown
    }

    /// The live value at a path whose list positions are `*`.
    pub fn show(&self, path: &str, live: &Json) -> Shown {
        if !self.by_name && !self.owns.has_secrets() {
            Shown::Value(live.clone())
        } else if self.hides(path, live) {
            Shown::Sensitive
        } else {
            Shown::Value(self.below(&mut path.to_owned(), live))
        }
    }

    fn hides(&self, path: &str, live: &Json) -> bool {
        self.owns.is_secret(path) || (self.by_name && live.is_string() && is_called_secret(path))
    }

    fn below(&self, path: &mut String, live: &Json) -> Json {
        let base = path.len();
        let mut below = |step: &str, item: &Json| {
            path.push_str(step);
            let shown = if self.hides(path, item) { Json::from(VEIL) } else { self.below(path, item) };
            path.truncate(base);
            shown
        };
        match live {
            Json::Object(map) => Json::Object(
                map.iter().map(|(key, item)| (key.clone(), below(&format!(".{key}"), item))).collect(),
            ),
            Json::Array(items) => Json::Array(items.iter().map(|item| below(".*", item)).collect()),
            other => other.clone(),
        }
    }
}

fn is_called_secret(path: &str) -> bool {
    let name = path.rsplit('.').find(|step| *step != "*").unwrap_or(path);
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    SECRET.iter().any(|word| name.ends_with(word))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::catalog::Catalog;
    use crate::diff::tests::support::desired;
    use crate::model::{Identifier, Ownership, Region, Scope, Status};

    fn live(resource_type: &str, properties: &Json, tags: BTreeMap<String, String>) -> Live {
        Live {
            resource_type: resource_type.into(),
            scope: Scope::Region(Region::new("eu-west-1")),
            identifier: Identifier::new("x"),
            properties: properties.as_object().unwrap().clone(),
            tags,
            ownership: Ownership::Foreign,
            status: Status::Ready,
        }
    }

    #[test]
    fn what_the_record_marks_is_hidden_and_nothing_else() {
        const FUNCTION: &str = "AWS::Lambda::Function";
        let rules = Rules::of(Catalog::embedded(), &FUNCTION.into());
        let variables = |value: &str| json!({"Environment": {"Variables": {"PASSWORD": value, "MODE": "x"}}});
        let desired = desired("eu-west-1/fn", FUNCTION, &variables("secret://env/PASSWORD"));
        let tags = Owned::of(&rules, &desired.properties, [].into_iter(), &[]).owns.tags().collect();
        let live = live(FUNCTION, &variables("hunter2"), tags);
        let shown = Veil::of(&rules, &live, None).properties(&live);
        assert_eq!(Json::Object(shown), variables("(sensitive)"));
    }

    #[test]
    fn without_a_record_names_tell_and_so_does_the_blueprint() {
        const PROVIDER: &str = "AWS::Cognito::UserPoolIdentityProvider";
        let rules = Rules::of(Catalog::embedded(), &PROVIDER.into());
        let details = |secret: &str, scopes: &str| {
            let details = json!({"client_secret": secret, "token_url": "https://x", "scopes": scopes});
            json!({"ProviderDetails": details})
        };
        let live = live(PROVIDER, &details("hunter2", "hunter3"), BTreeMap::new());
        let shown = Veil::of(&rules, &live, None).properties(&live);
        assert_eq!(Json::Object(shown), details("(sensitive)", "hunter3"));
        let written = desired("eu-west-1/idp", PROVIDER, &details("x", "secret://env/SCOPES"));
        let shown = Veil::of(&rules, &live, Some(&written)).properties(&live);
        assert_eq!(Json::Object(shown), json!({"ProviderDetails": "(sensitive)"}), "a document is one value");
    }
}
