//! JSON documents (policies) compared by what they mean: AWS hands them back in another form than it got them.

use crate::model::Json;

/// Whether two documents, as objects or as JSON text, mean the same.
///
/// Key order, the order of lists, a list of one against its element, numbers and booleans as texts, and an account's
/// number against its root ARN make no difference.
pub(super) fn same_document(one: &Json, other: &Json) -> bool {
    canonical(&parsed(one)) == canonical(&parsed(other))
}

fn parsed(value: &Json) -> Json {
    match value {
        Json::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        _ => value.clone(),
    }
}

/// A text that two documents share exactly if they mean the same.
fn canonical(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let mut entries: Vec<_> = map
                .iter()
                .filter(|(_, item)| !item.is_null())
                .map(|(key, item)| format!("{}:{}", Json::from(key.as_str()), canonical(item)))
                .collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        Json::Array(items) if items.len() == 1 => canonical(&items[0]),
        Json::Array(items) => {
            let mut entries: Vec<_> = items.iter().map(canonical).collect();
            entries.sort_unstable();
            entries.dedup();
            format!("[{}]", entries.join(","))
        }
        Json::String(text) => Json::from(account_of_root(text).unwrap_or(text)).to_string(),
        other => Json::from(other.to_string()).to_string(),
    }
}

/// The account's number in `arn:aws:iam::<account>:root`, which policies use alike.
fn account_of_root(text: &str) -> Option<&str> {
    let account = text.strip_prefix("arn:aws")?.split_once(":iam::")?.1.strip_suffix(":root")?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_aws_reformats_makes_no_difference() {
        let ours = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["*"],
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Condition": {"Bool": {"aws:SecureTransport": false}},
        }]});
        let theirs = json!({"Statement": {
            "Action": ["s3:PutObject", "s3:GetObject"], "Effect": "Allow", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Principal": {"AWS": "123456789012"},
        }, "Version": "2012-10-17"});
        assert!(same_document(&ours, &theirs));
        assert!(same_document(&Json::from(ours.to_string()), &theirs), "as a text, too");
    }

    #[test]
    fn what_it_means_does() {
        let allow = |action: &str| json!({"Statement": [{"Effect": "Allow", "Action": action}]});
        assert!(!same_document(&allow("s3:GetObject"), &allow("s3:*")));
        assert!(!same_document(&json!("{not json"), &allow("s3:*")));
    }
}
