//! What people bring along from CloudFormation, whose vocabulary blueprints share: its functions, pseudo parameters
//! and dynamic references, each with what is written here in its stead.

use super::yaml::{Kind, Node};

/// The function that a mapping with this one entry calls: `Ref`, or `Sub` of `Fn::Sub`.
pub fn function(node: &Node) -> Option<(&str, &Node)> {
    let [entry] = node.entries()? else { return None };
    let name = if &*entry.key == "Ref" { "Ref" } else { entry.key.strip_prefix("Fn::")? };
    Some((name, &entry.value))
}

/// Whether a YAML tag (`!GetAtt`) is one of CloudFormation's.
pub fn is_tag(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name) || matches!(name, "Ref" | "GetAtt" | "Condition")
}

/// What is written in the stead of a function with this argument.
pub fn instead_of(function: &str, argument: &Node) -> String {
    match (function, argument_path(argument)) {
        ("Ref", Some(name)) => match pseudo_parameter(&name) {
            Some(own) => format!("write `\"${{{own}}}\"`"),
            None => {
                format!("write `\"${{{name}.<attribute>}}\"`; what has no attributes is `\"${{{name}}}\"`")
            }
        },
        ("GetAtt", Some(path)) => format!("write `\"${{{path}}}\"`"),
        _ => FUNCTIONS.iter().find(|(known, _)| *known == function).map_or_else(
            || "values are computed by expressions in `${...}`".to_owned(),
            |(_, instead)| (*instead).to_owned(),
        ),
    }
}

/// What a pseudo parameter (`AWS::Region`) is called here.
pub fn pseudo_parameter(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("AWS::")? {
        "Region" => "region",
        "AccountId" => "account",
        "Partition" => "partition",
        "StackName" => "stack",
        "NoValue" => "null",
        _ => return None,
    })
}

/// What is written in the stead of a dynamic reference, `{{resolve:ssm:NAME}}`, where a text holds one.
pub fn dynamic_reference(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("{{resolve:")?;
    let (reference, _) = rest.split_once("}}")?;
    let mut parts = reference.split(':');
    Some(match (parts.next()?, parts.next().unwrap_or("NAME")) {
        ("secretsmanager", name) => {
            // NAME:SecretString:KEY
            let key = parts.nth(1).filter(|key| !key.is_empty()).map(|key| format!("#{key}"));
            format!("write `secret://aws-secretsmanager/{name}{}`", key.unwrap_or_default())
        }
        ("ssm", name) => format!(
            "look it up: `{{id: parameter, type: AWS::SSM::Parameter, lookup: {{Name: {name}}}}}`, and write \
             `\"${{parameter.Value}}\"`"
        ),
        _ => "keep it in AWS Secrets Manager and write `secret://aws-secretsmanager/<name>`".to_owned(),
    })
}

/// `b.Arn` of either form of an argument, `b.Arn` or `[b, Arn]`.
fn argument_path(argument: &Node) -> Option<String> {
    let text = |node: &Node| match &node.kind {
        Kind::Scalar(scalar) if !scalar.text.is_empty() => Some(scalar.text.to_string()),
        _ => None,
    };
    match &argument.kind {
        Kind::List(items) => Some(items.iter().map(text).collect::<Option<Vec<_>>>()?.join(".")),
        _ => text(argument),
    }
}

/// What does a function's work here.
const FUNCTIONS: [(&str, &str); 18] = [
    ("Sub", "leave the function out: the text itself may hold `${...}`"),
    ("Join", "write `\"${[a, b].join(',')}\"`, or a text with several `${...}`"),
    ("Select", "write `\"${list[0]}\"`"),
    ("Split", "write `\"${text.split(',')}\"`"),
    ("If", "write `\"${condition ? a : b}\"`"),
    ("Equals", "write `\"${a == b}\"`"),
    ("And", "write `\"${a && b}\"`"),
    ("Or", "write `\"${a || b}\"`"),
    ("Not", "write `\"${!a}\"`"),
    ("Base64", "write `\"${base64.encode(text)}\"`; user data is encoded so too"),
    ("Cidr", "write `\"${cidrSubnet(range, 8, 0)}\"`"),
    ("GetAZs", "write `\"${zoneNames(2)}\"`"),
    ("FindInMap", "write `\"${variables.map[key]}\"`, with the map in `variables` of stackctl.yaml"),
    ("ImportValue", "read what another stack owns by `lookup:`"),
    ("ToJsonString", "write `\"${toJson(value)}\"`"),
    ("Length", "write `\"${size(list)}\"`"),
    ("Transform", "use a component, or `file('<path>')` in an expression"),
    ("ForEach", "use `forEach:` beside `type:`"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamic_references_are_secrets_or_lookups() {
        let instead = |text: &str| dynamic_reference(text).unwrap_or_default();
        let password = instead("{{resolve:secretsmanager:prod/db:SecretString:password}}");
        assert_eq!(password, "write `secret://aws-secretsmanager/prod/db#password`");
        assert!(instead("x-{{resolve:ssm:/app/name:1}}").contains("lookup: {Name: /app/name}"));
        assert!(instead("{{resolve:ssm-secure:pw}}").contains("Secrets Manager"));
        assert_eq!(dynamic_reference("{{ resolve }}"), None);
    }
}
