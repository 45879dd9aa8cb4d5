//! How AWS writes a text that a blueprint spells in another way: a schema's `propertyTransform`.
//!
//! The rules are JSONata, which is a language of its own; those for texts keep to a few of its functions, read here. What a
//! rule says beyond these is left out, and a difference there stays one.

use std::iter::Peekable;
use std::str::CharIndices;

use regex::Regex;

/// Whether a rule, that of the property at `path`, makes the live text out of the desired one.
pub(super) fn admits(rule: &str, path: &str, desired: &str, live: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    alternatives(rule)
        .filter_map(|rule| Spelling::parse(rule, name))
        .any(|spelling| spelling.admits(desired, live))
}

/// What one alternative of a rule says.
#[derive(Debug, PartialEq, Eq)]
enum Spelling {
    /// The property as it was written.
    Value,
    /// A pattern, as text.
    Pattern(String),
    Lower(Box<Spelling>),
    Upper(Box<Spelling>),
    /// What stands after the last of these: `$split(Value, "/")[-1]`.
    Last(Box<Spelling>, String),
    /// What stands after the first of these: `$substringAfter(Value, "/")`.
    After(Box<Spelling>, String),
    /// One after the other.
    Joined(Vec<Spelling>),
}

impl Spelling {
    fn parse(rule: &str, name: &str) -> Option<Self> {
        let mut reader = Reader { rule, at: rule.char_indices().peekable(), name };
        let spelling = reader.spelling()?;
        reader.at.peek().is_none().then_some(spelling)
    }

    fn admits(&self, desired: &str, live: &str) -> bool {
        match self {
            // Any key's ARN is fine, it says; but not that of another key.
            Self::Pattern(pattern) => live.ends_with(desired) && matches(pattern, live),
            Self::Joined(parts) => {
                let pattern: Option<String> = parts.iter().map(|part| part.pattern(desired)).collect();
                pattern.is_some_and(|pattern| matches(&pattern, live))
            }
            plain => plain.text(desired).as_deref() == Some(live),
        }
    }

    fn text(&self, desired: &str) -> Option<String> {
        match self {
            Self::Value => Some(desired.to_owned()),
            Self::Lower(inner) => Some(inner.text(desired)?.to_lowercase()),
            Self::Upper(inner) => Some(inner.text(desired)?.to_uppercase()),
            Self::Last(inner, end) => inner.text(desired)?.rsplit(end.as_str()).next().map(str::to_owned),
            Self::After(inner, end) => Some(inner.text(desired)?.split_once(end.as_str())?.1.to_owned()),
            Self::Pattern(_) | Self::Joined(_) => None,
        }
    }

    fn pattern(&self, desired: &str) -> Option<String> {
        match self {
            // A bracket that another part closes would take the value for a set of letters.
            Self::Pattern(pattern) => Regex::new(pattern).is_ok().then(|| pattern.clone()),
            plain => Some(regex::escape(&plain.text(desired)?)),
        }
    }
}

fn matches(pattern: &str, live: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(live))
}

/// What stands between the `$OR`s, which no call or text of the schemas holds.
fn alternatives(rule: &str) -> impl Iterator<Item = &str> {
    rule.split("$OR").map(str::trim)
}

/// Reads one alternative from its begin.
struct Reader<'a> {
    rule: &'a str,
    at: Peekable<CharIndices<'a>>,
    name: &'a str,
}

impl<'a> Reader<'a> {
    fn spelling(&mut self) -> Option<Spelling> {
        self.skip_spaces();
        match self.at.peek()?.1 {
            '"' | '\'' => self.text().map(Spelling::Pattern),
            '$' => {
                let function = self.word()?;
                self.call(function)
            }
            _ => {
                let property = self.word()?.rsplit('.').next()?;
                (property == self.name).then_some(Spelling::Value)
            }
        }
    }

    fn call(&mut self, function: &str) -> Option<Spelling> {
        self.expect('(')?;
        let spelling = match function {
            "$lowercase" => Spelling::Lower(self.spelling()?.into()),
            "$uppercase" => Spelling::Upper(self.spelling()?.into()),
            "$string" => self.spelling()?,
            "$split" => Spelling::Last(self.spelling()?.into(), self.second()?),
            "$substringAfter" => Spelling::After(self.spelling()?.into(), self.second()?),
            "$join" => Spelling::Joined(self.list()?),
            _ => return None,
        };
        self.expect(')')?;
        if function == "$split" {
            "[-1]".chars().try_for_each(|part| self.expect(part))?;
        }
        self.skip_spaces();
        Some(spelling)
    }

    fn second(&mut self) -> Option<String> {
        self.expect(',')?;
        self.skip_spaces();
        self.text()
    }

    fn list(&mut self) -> Option<Vec<Spelling>> {
        self.expect('[')?;
        let mut parts = vec![self.spelling()?];
        while self.expect(',').is_some() {
            parts.push(self.spelling()?);
        }
        self.expect(']')?;
        Some(parts)
    }

    /// A text in quotes of either kind.
    fn text(&mut self) -> Option<String> {
        let (_, quote) = self.at.next().filter(|(_, first)| matches!(first, '"' | '\''))?;
        let mut text = String::new();
        loop {
            match self.at.next()?.1 {
                end if end == quote => return Some(text),
                '\\' => text.push(self.at.next()?.1),
                other => text.push(other),
            }
        }
    }

    /// A function's name, or a property's path.
    fn word(&mut self) -> Option<&'a str> {
        let begin = self.at.peek()?.0;
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '$' | '.' | '_');
        while self.at.next_if(|(_, letter)| is_part(*letter)).is_some() {}
        let end = self.at.peek().map_or(self.rule.len(), |(at, _)| *at);
        let word = &self.rule[begin..end];
        self.skip_spaces();
        (!word.is_empty()).then_some(word)
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.skip_spaces();
        self.at.next_if(|(_, letter)| *letter == wanted).map(drop)
    }

    fn skip_spaces(&mut self) {
        while self.at.next_if(|(_, letter)| letter.is_whitespace()).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1a-2b";

    fn same(resource_type: &str, path: &str, desired: &str, live: &str) -> bool {
        Catalog::embedded().get(resource_type).unwrap().is_spelling_of(path, desired, live)
    }

    #[test]
    fn a_database_is_not_replaced_for_its_spelling() {
        let database = |path, desired, live| same("AWS::RDS::DBInstance", path, desired, live);
        assert!(database("DBInstanceIdentifier", "ShopOrders", "shoporders"));
        assert!(!database("DBInstanceIdentifier", "ShopOrders", "shop"));
        assert!(database("DBName", "Shop", "SHOP"));
        assert!(database("EngineVersion", "8.0", "8.0.39"));
        assert!(!database("EngineVersion", "8.4", "8.0.39"));
        assert!(database("KmsKeyId", "1a-2b", KEY));
        assert!(!database("KmsKeyId", "9z", KEY));
        assert!(!database("AllocatedStorage", "20", "200"), "no rule, no other spelling");
    }

    #[test]
    fn names_stand_for_arns() {
        let role = "arn:aws:iam::111122223333:role/shop-task";
        assert!(same("AWS::ECS::TaskDefinition", "ExecutionRoleArn", "shop-task", role));
        assert!(!same("AWS::ECS::TaskDefinition", "ExecutionRoleArn", "task", role));
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:shop-resize";
        assert!(same("AWS::Lambda::Alias", "FunctionName", function, "shop-resize"));
        assert!(same("AWS::Lambda::Alias", "FunctionName", "shop-resize", function));
        assert!(!same("AWS::Lambda::Alias", "FunctionName", "resize", function));
        assert!(same(
            "AWS::Lambda::Permission",
            "Principal",
            "111122223333",
            "arn:aws:iam::111122223333:root"
        ));
        assert!(same("AWS::DynamoDB::Table", "SSESpecification.KMSMasterKeyId", "1a-2b", KEY));
        assert!(same("AWS::DirectConnect::Connection", "LagId", "aws/DXLAG-1", "dxlag-1"));
    }

    #[test]
    fn any_key_is_not_every_key() {
        assert!(same("AWS::EFS::FileSystem", "KmsKeyId", "1a-2b", KEY));
        assert!(!same("AWS::EFS::FileSystem", "KmsKeyId", "3c-4d", KEY));
        let statement = "{AWS=[arn:aws:iam::111122223333:root]}";
        assert!(!same("AWS::Lambda::LayerVersionPermission", "Principal", "444455556666", statement));
    }

    #[test]
    fn most_rules_are_understood() {
        let catalog = Catalog::embedded();
        let rules: Vec<(String, String)> = catalog
            .names()
            .filter_map(|name| catalog.get(name))
            .flat_map(|schema| {
                let of = schema.property_transforms();
                of.map(|(path, rule)| (path.to_owned(), rule.to_owned())).collect::<Vec<_>>()
            })
            .collect();
        let is_understood = |(path, rule): &&(String, String)| {
            let name = path.rsplit('.').next().unwrap();
            super::alternatives(rule).any(|rule| super::Spelling::parse(rule, name).is_some())
        };
        let understood = rules.iter().filter(is_understood).count();
        assert!(understood * 3 > rules.len() * 2, "{understood} of {}", rules.len());
    }
}
