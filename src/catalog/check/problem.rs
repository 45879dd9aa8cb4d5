//! What can be wrong with a resource's properties, as data and in words.

use std::fmt;
use std::sync::Arc;

use crate::model::PropertyPath;

/// Something wrong at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where: the property itself, or the object that lacks one. Generalised, it is the schema's path.
    pub path: PropertyPath,
    /// What.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// The type has no such property.
    UnknownProperty {
        /// As written.
        name: Arc<str>,
        /// The one that is most likely meant.
        nearest: Option<Arc<str>>,
    },
    /// A name that a map can't have, such as one that AWS reserves.
    BadName {
        /// As written.
        name: Arc<str>,
        /// The regular expression that names match, where one is stated.
        pattern: Option<Arc<str>>,
    },
    /// A value of another type.
    WrongType {
        /// Types that may stand here (`string`, `list`).
        expected: Vec<&'static str>,
        /// What stands there.
        found: &'static str,
    },
    /// A value that is not among those allowed.
    BadEnum {
        /// As written.
        found: String,
        /// What is allowed.
        allowed: Vec<String>,
        /// The one that is most likely meant.
        nearest: Option<String>,
        /// Whether AWS adds to the list from time to time (instance types), so that the catalog may be behind.
        grows: bool,
    },
    /// A value that exists, but not in this region.
    NotInRegion {
        /// As written.
        found: String,
        /// The region.
        region: String,
        /// A few that the region has.
        instead: Vec<String>,
    },
    /// A zone of another region.
    OtherRegion {
        /// As written.
        found: String,
        /// The region.
        region: String,
    },
    /// A property that must be there.
    MissingRequired {
        /// Its name.
        name: Arc<str>,
    },
    /// One of several (groups of) properties must be there.
    MissingOneOf {
        /// The groups; the properties of one belong together.
        groups: Vec<Vec<Arc<str>>>,
    },
    /// Properties that exclude each other.
    Exclusive {
        /// All of them that are there.
        names: Vec<Arc<str>>,
    },
    /// A property that needs others beside it.
    Dependent {
        /// The one that is there.
        name: Arc<str>,
        /// Those it needs.
        missing: Vec<Arc<str>>,
    },
    /// AWS sets it; a blueprint can't.
    ReadOnlySet,
    /// With what else is written, nothing may stand here.
    NotAllowedHere,
    /// A text that does not match the pattern.
    Pattern {
        /// As written.
        found: String,
        /// A regular expression.
        pattern: Arc<str>,
    },
    /// A text of another format.
    Format {
        /// As written.
        found: String,
        /// What is expected, in words.
        expected: &'static str,
        /// What may be meant.
        nearest: Option<String>,
    },
    /// A number outside of its limits.
    Range {
        /// As written.
        found: String,
        /// The limits in words: `from 1 to 65535`.
        limits: String,
    },
    /// Too short or too long.
    Length {
        /// How many there are.
        found: usize,
        /// Of what: `characters`, `elements`, `entries`.
        unit: &'static str,
        /// The limits in words.
        limits: String,
    },
    /// The same element twice.
    Duplicate {
        /// The element.
        found: String,
    },
    /// An id of another kind of resource.
    IdKind {
        /// Kinds that may stand here (`AWS::EC2::VPC.Id`).
        expected: Vec<Arc<str>>,
        /// The kind that stands there.
        found: Arc<str>,
    },
    /// None of the forms that the value may have.
    NoForm {
        /// What is wrong with the likeliest one.
        likeliest: Vec<Problem>,
    },
    /// A combination that AWS refuses.
    Combination,
}

impl ProblemKind {
    /// Whether AWS is sure to refuse it: not so where a list of values grows faster than the catalog.
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::BadEnum { grows: true, .. } | Self::NotInRegion { .. })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.as_str().is_empty() {
            self.kind.fmt(f)
        } else {
            write!(f, "{}: {}", self.path, self.kind)
        }
    }
}

/// How many allowed values a message lists.
const LISTED: usize = 12;

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownProperty { name, nearest } => {
                write!(f, "unknown property `{name}`{}", did_you_mean(nearest.as_deref()))
            }
            Self::BadName { name, pattern: None } => write!(f, "`{name}` is no name that AWS allows here"),
            Self::BadName { name, pattern: Some(pattern) } => {
                write!(f, "the name `{name}` does not match the pattern `{pattern}`")
            }
            Self::WrongType { expected, found } => {
                write!(f, "expected {}, found {found}", with_articles(expected))
            }
            Self::BadEnum { found, allowed, nearest, .. } => bad_enum(f, found, allowed, nearest.as_deref()),
            Self::NotInRegion { found, region, instead } => {
                write!(f, "`{found}` is not offered in {region}")?;
                if instead.is_empty() { Ok(()) } else { write!(f, "; it has {}", quoted(instead, ", ")) }
            }
            Self::OtherRegion { found, region } => {
                write!(f, "`{found}` does not lie in {region}, where this is made")
            }
            Self::MissingRequired { name } => write!(f, "`{name}` is missing"),
            Self::MissingOneOf { groups } => {
                let groups: Vec<String> = groups.iter().map(|names| quoted(names, " with ")).collect();
                write!(f, "one of {} is needed", groups.join(", "))
            }
            Self::Exclusive { names } => {
                write!(f, "{} can't stand together: keep one", quoted(names, " and "))
            }
            Self::Dependent { name, missing } => {
                write!(f, "`{name}` needs {} beside it", quoted(missing, " and "))
            }
            Self::ReadOnlySet => f.write_str("AWS sets this property; it can only be read (take it out)"),
            Self::NotAllowedHere => f.write_str("not allowed together with the other properties here"),
            Self::Pattern { found, pattern } => write!(f, "`{found}` does not match the pattern `{pattern}`"),
            Self::Format { found, expected, nearest } => {
                write!(f, "`{found}` is not {expected}{}", did_you_mean(nearest.as_deref()))
            }
            Self::Range { found, limits } => write!(f, "{found} is out of range: {limits}"),
            Self::Length { found, unit, limits } => write!(f, "{found} {unit}, allowed are {limits}"),
            Self::Duplicate { found } => write!(f, "`{found}` stands here twice"),
            Self::IdKind { expected, found } => {
                let expected: Vec<String> = expected.iter().map(|kind| in_words(kind)).collect();
                write!(f, "{} where {} belongs", in_words(found), expected.join(" or "))
            }
            Self::NoForm { likeliest } => {
                let all: Vec<String> = likeliest.iter().map(ToString::to_string).collect();
                write!(f, "none of the forms that AWS takes; the likeliest lacks: {}", all.join("; "))
            }
            Self::Combination => f.write_str("AWS refuses this combination of values"),
        }
    }
}

fn bad_enum(
    f: &mut fmt::Formatter<'_>,
    found: &str,
    allowed: &[String],
    nearest: Option<&str>,
) -> fmt::Result {
    if let [only] = allowed {
        return write!(f, "`{found}` is not `{only}`, the only value allowed here");
    }
    write!(f, "`{found}` is not one of ")?;
    match (nearest, allowed.len() > LISTED) {
        (Some(nearest), true) => write!(f, "the {} allowed values, did you mean `{nearest}`?", allowed.len()),
        (None, true) => write!(f, "{} and {} more", quoted(&allowed[..LISTED], ", "), allowed.len() - LISTED),
        (_, false) => write!(f, "{}{}", quoted(allowed, ", "), did_you_mean(nearest)),
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

fn quoted(names: &[impl AsRef<str>], between: &str) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(between)
}

fn with_articles(types: &[&'static str]) -> String {
    let article =
        |name: &&str| format!("{} {name}", if name.starts_with(['a', 'i', 'o']) { "an" } else { "a" });
    types.iter().map(article).collect::<Vec<_>>().join(" or ")
}

/// `AWS::EC2::VPC.Id` as `the id of an AWS::EC2::VPC`.
fn in_words(kind: &str) -> String {
    match kind.rsplit_once('.') {
        Some((of, "Id")) => format!("the id of an {of}"),
        Some((of, "Arn")) => format!("the ARN of an {of}"),
        Some((of, "Name" | "AliasName")) => format!("the name of an {of}"),
        Some((of, part)) => format!("the {part} of an {of}"),
        None => kind.to_owned(),
    }
}
