//! Formats of texts: networks, times, JSON, and the ids of AWS's resources.

use std::sync::{Arc, LazyLock};

use ipnet::{Ipv4Net, Ipv6Net};
use regex::Regex;

use super::problem::ProblemKind;
use crate::catalog::kinds;
use crate::model::Json;

/// A text that is not of the format; formats that are not known here pass.
pub(super) fn check(format: &str, text: &str) -> Option<ProblemKind> {
    let wrong = |expected, nearest: Option<String>| {
        Some(ProblemKind::Format { found: text.to_owned(), expected, nearest })
    };
    match format {
        "ipv4-network" => match text.parse::<Ipv4Net>() {
            Ok(net) if net.addr() == net.network() => None,
            Ok(net) => wrong("a network, but an address in one", Some(net.trunc().to_string())),
            Err(_) => wrong("an IPv4 network in CIDR notation, such as 10.0.0.0/16", None),
        },
        "ipv6-network" => match text.parse::<Ipv6Net>() {
            Ok(_) => None,
            Err(_) => wrong("an IPv6 network in CIDR notation, such as 2001:db8::/56", None),
        },
        "date-time" if !DATE_TIME.is_match(text) => {
            wrong("a time as in RFC 3339, such as 2030-01-31T12:00:00Z", None)
        }
        "json" if serde_json::from_str::<Json>(text).is_err() => wrong("a JSON document", None),
        _ => None,
    }
}

/// A literal id that is none of the kinds that may stand here.
pub(super) fn check_kinds(expected: &[Arc<str>], text: &str) -> Option<ProblemKind> {
    // A launch template may name a parameter that holds the image's id.
    if expected.is_empty() || text.starts_with("resolve:ssm:") {
        return None;
    }
    if let Some(found) = kind_of(text) {
        let fits = expected.iter().any(|kind| kinds::fits(found, kind) || form(kind).is_none());
        return (!fits).then(|| ProblemKind::IdKind { expected: expected.to_vec(), found: Arc::from(found) });
    }
    let forms: Option<Vec<&Form>> = expected.iter().map(|kind| form(kind)).collect();
    let forms = forms?;
    let first = forms.first()?;
    let matches = forms.iter().any(|form| form.regex.is_match(text));
    (!matches).then(|| ProblemKind::Format { found: text.to_owned(), expected: first.words, nearest: None })
}

/// The form that a kind's ids have.
struct Form {
    kind: &'static str,
    /// What all its ids begin with, if that tells the kind.
    prefix: &'static str,
    regex: Regex,
    words: &'static str,
}

/// The kind of a literal id, by its prefix.
fn kind_of(text: &str) -> Option<&'static str> {
    let known = FORMS.iter().find(|form| !form.prefix.is_empty() && text.starts_with(form.prefix));
    known.filter(|form| form.regex.is_match(text)).map(|form| form.kind)
}

fn form(kind: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.kind == kind)
}

// The patterns below are constants that a test compiles.
static DATE_TIME: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?$"));

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    // Ids of EC2: 17 hexadecimal digits, 8 for what is older than 2018.
    let hex = |kind, prefix, words| Form {
        kind,
        prefix,
        regex: regex(&format!("^{prefix}([0-9a-f]{{8}}|[0-9a-f]{{17}})$")),
        words,
    };
    let arn = |kind, service: &str, rest: &str, words| Form {
        kind,
        prefix: "",
        regex: regex(&format!("^arn:aws[a-zA-Z-]*:{service}:{rest}$")),
        words,
    };
    vec![
        hex("AWS::EC2::VPC.Id", "vpc-", "a VPC's id, such as vpc-0a1b2c3d4e5f60718"),
        hex("AWS::EC2::Subnet.Id", "subnet-", "a subnet's id, such as subnet-0a1b2c3d4e5f60718"),
        hex("AWS::EC2::SecurityGroup.Id", "sg-", "a security group's id, such as sg-0a1b2c3d4e5f60718"),
        hex("AWS::EC2::Image.Id", "ami-", "an image's id, such as ami-0a1b2c3d4e5f60718"),
        hex("AWS::EC2::RouteTable.Id", "rtb-", "a route table's id, such as rtb-0a1b2c3d4e5f60718"),
        hex(
            "AWS::EC2::InternetGateway.Id",
            "igw-",
            "an internet gateway's id, such as igw-0a1b2c3d4e5f60718",
        ),
        hex("AWS::EC2::NatGateway.Id", "nat-", "a NAT gateway's id, such as nat-0a1b2c3d4e5f60718"),
        hex(
            "AWS::EC2::EIP.AllocationId",
            "eipalloc-",
            "an address's allocation id, such as eipalloc-0a1b2c3d4e5f60718",
        ),
        hex(
            "AWS::EC2::NetworkInterface.Id",
            "eni-",
            "a network interface's id, such as eni-0a1b2c3d4e5f60718",
        ),
        hex("AWS::EC2::LaunchTemplate.Id", "lt-", "a launch template's id, such as lt-0a1b2c3d4e5f60718"),
        hex("AWS::EC2::VPCEndpoint.Id", "vpce-", "an endpoint's id, such as vpce-0a1b2c3d4e5f60718"),
        arn("AWS::IAM::Role.Arn", "iam", r":\d{12}:role/.+", "a role's ARN"),
        arn("AWS::KMS::Key.Arn", "kms", r"[a-z0-9-]+:\d{12}:(key|alias)/.+", "a KMS key's ARN"),
        arn("AWS::SNS::Topic.Arn", "sns", r"[a-z0-9-]+:\d{12}:.+", "a topic's ARN"),
        arn("AWS::SQS::Queue.Arn", "sqs", r"[a-z0-9-]+:\d{12}:.+", "a queue's ARN"),
        arn(
            "AWS::CertificateManager::Certificate.Arn",
            "acm",
            r"[a-z0-9-]+:\d{12}:certificate/.+",
            "a certificate's ARN",
        ),
    ]
});

/// Compiles a constant pattern; one that is wrong matches nothing, which the test below would show.
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("`{pattern}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles_and_knows_its_example() {
        for form in FORMS.iter().filter(|form| !form.prefix.is_empty()) {
            let example = form.words.rsplit(' ').next().unwrap();
            assert_eq!(kind_of(example), Some(form.kind));
        }
    }

    #[test]
    fn a_network_has_no_host_bits() {
        assert_eq!(check("ipv4-network", "10.0.0.0/16"), None);
        let problem = check("ipv4-network", "10.0.0.5/16").unwrap();
        assert!(problem.to_string().contains("did you mean `10.0.0.0/16`?"), "{problem}");
        assert!(
            check("ipv4-network", "10.0.0.0").is_some() && check("ipv6-network", "2600:1f16::/56").is_none()
        );
        assert!(
            check("json", "{").is_some()
                && check("json", "{}").is_none()
                && check("unheard-of", "x").is_none()
        );
        assert!(
            check("date-time", "2030-01-31T12:00:00Z").is_none() && check("date-time", "tomorrow").is_some()
        );
    }

    #[test]
    fn a_literal_id_of_another_kind_is_named() {
        let vpc = [Arc::from("AWS::EC2::VPC.Id")];
        assert_eq!(check_kinds(&vpc, "vpc-0a1b2c3d4e5f60718"), None);
        let problem = check_kinds(&vpc, "subnet-0a1b2c3d4e5f60718").unwrap();
        assert_eq!(
            problem.to_string(),
            "the id of an AWS::EC2::Subnet where the id of an AWS::EC2::VPC belongs"
        );
        assert!(matches!(check_kinds(&vpc, "my-vpc"), Some(ProblemKind::Format { .. })));
        assert_eq!(check_kinds(&[Arc::from("AWS::Lambda::Function.Arn")], "anything"), None);
    }
}
