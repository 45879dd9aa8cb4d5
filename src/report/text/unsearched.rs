//! What a plan says nothing of, because it could not be read.

use super::style::Paint;
use super::{Style, push};
use crate::model::ReadFailure;

/// The lines under a plan; empty where all was read.
pub fn unsearched(gaps: &[ReadFailure], style: Style) -> String {
    let mut out = String::new();
    if gaps.is_empty() {
        return out;
    }
    let paint = Paint::new(style);
    out.push('\n');
    push(&mut out, 0, &paint.alert("Not searched; what the stack has left there is not in this plan:"));
    for gap in gaps {
        let what = gap.resource_type.as_ref().map(|of| format!(" {of}")).unwrap_or_default();
        push(&mut out, 1, &format!("{}{what}  {}", gap.scope, paint.dim(&format!("# {}", gap.error))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Region, Scope};

    #[test]
    fn gaps_stand_under_the_plan() {
        assert_eq!(unsearched(&[], Style::default()), "");
        let gap = |scope: Scope, resource_type: Option<&str>| ReadFailure {
            scope,
            resource_type: resource_type.map(Into::into),
            unserved: false,
            error: "access denied".to_owned(),
        };
        let gaps = [
            gap(Scope::Region(Region::new("me-south-1")), None),
            gap(Scope::Global, Some("AWS::Route53::HostedZone")),
        ];
        let expected = "
Not searched; what the stack has left there is not in this plan:
  me-south-1  # access denied
  global AWS::Route53::HostedZone  # access denied
";
        assert_eq!(unsearched(&gaps, Style::default()), expected);
    }
}
