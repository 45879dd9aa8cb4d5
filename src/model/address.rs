//! The stable name of a resource in its stack.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// `<place>/<component>.<resource>[<key>]`, unique in a stack and stable across stages:
/// `eu-west-1/network.publicSubnet[a]`, `global/cdn.distribution`, `us-east-1/media`.
///
/// The place is a region's code or `global`. Components nest: `us-east-1/web.alb.listener`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Arc<str>);

/// A text that is no address.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not an address: {reason} (an address looks like `eu-west-1/network.subnet[a]`)")]
pub struct AddressError {
    /// The text as given.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Address {
    /// Puts an address together; `path` holds the components and the resource, joined by dots.
    pub fn new(place: &str, path: &str, key: Option<&str>) -> Self {
        Self(Arc::from(match key {
            Some(key) => format!("{place}/{path}[{key}]"),
            None => format!("{place}/{path}"),
        }))
    }

    /// The address under which an unaddressed child of an owned resource is shown, such as a rule
    /// opened by hand: `eu-west-1/web.securityGroup~Ingress(tcp/22/0.0.0.0/0)`.
    pub fn child(parent: &Self, kind: &str, name: &str) -> Self {
        Self(Arc::from(format!("{parent}~{kind}({name})")))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region's code or `global`.
    pub fn place(&self) -> &str {
        self.0.split_once('/').map_or("", |(place, _)| place)
    }

    /// Components and resource without place and the resource's own key: `network.publicSubnet`, `web[a].balancer`.
    pub fn path(&self) -> &str {
        self.parts().0
    }

    /// The components alone: `network`, or an empty text for a resource of the blueprint itself.
    pub fn component(&self) -> &str {
        let path = self.path();
        &path[..last_dot(path).unwrap_or(0)]
    }

    /// The resource's id: `publicSubnet`.
    pub fn resource(&self) -> &str {
        let path = self.path();
        last_dot(path).map_or(path, |dot| &path[dot + 1..])
    }

    /// The key that `forEach` gave: `a`.
    pub fn key(&self) -> Option<&str> {
        self.parts().1
    }

    /// The path and the key.
    fn parts(&self) -> (&str, Option<&str>) {
        let rest = self.0.split_once('/').map_or(&*self.0, |(_, rest)| rest);
        let own = &rest[..outside_keys(rest, '~').next().unwrap_or(rest.len())];
        let segment = last_dot(own).map_or(0, |dot| dot + 1);
        match own[segment..].find('[') {
            Some(open) => {
                let (path, key) = own.split_at(segment + open);
                (path, key[1..].strip_suffix(']'))
            }
            None => (own, None),
        }
    }

    /// Whether a glob (`*` any run, `?` one character; everything else as it stands, brackets too)
    /// covers the whole address.
    pub fn matches(&self, glob: &str) -> bool {
        glob_match(glob.as_bytes(), self.0.as_bytes())
    }
}

/// Where a character stands outside of the keys: a key may hold dots, slashes and tildes.
fn outside_keys(path: &str, wanted: char) -> impl Iterator<Item = usize> + '_ {
    let mut inside = false;
    path.char_indices().filter_map(move |(at, c)| {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        (!inside && c == wanted).then_some(at)
    })
}

/// Between the components and the resource.
fn last_dot(path: &str) -> Option<usize> {
    outside_keys(path, '.').last()
}

/// Iterative wildcard match: linear in practice, no allocation.
fn glob_match(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if g < glob.len() && glob[g] == b'*' {
            star = Some((g, t));
            g += 1;
        } else if g < glob.len() && (glob[g] == b'?' || glob[g] == text[t]) {
            g += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            g = at + 1;
            t = from + 1;
            star = Some((at, from + 1));
        } else {
            return false;
        }
    }
    glob[g..].iter().all(|byte| *byte == b'*')
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |reason| AddressError { text: text.to_owned(), reason };
        let (place, rest) = text.split_once('/').ok_or_else(|| fail("it has no `/`"))?;
        if place.is_empty() {
            return Err(fail("the region before the `/` is missing"));
        }
        if rest.is_empty() || rest.starts_with(['.', '[']) {
            return Err(fail("the resource after the `/` is missing"));
        }
        if rest.rfind('[') > rest.rfind(']') {
            return Err(fail("the key is not closed with `]`"));
        }
        Ok(Self(Arc::from(text)))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_address() {
        let address: Address = "eu-west-1/web.network.publicSubnet[a/b.c]".parse().unwrap();
        assert_eq!(address.place(), "eu-west-1");
        assert_eq!(address.path(), "web.network.publicSubnet");
        assert_eq!(address.component(), "web.network");
        assert_eq!(address.resource(), "publicSubnet");
        assert_eq!(address.key(), Some("a/b.c"));
    }

    #[test]
    fn components_can_have_keys_too() {
        let address: Address = "eu-west-1/web[10.0/8].balancer.listener[a.b]".parse().unwrap();
        assert_eq!(address.path(), "web[10.0/8].balancer.listener");
        assert_eq!(address.component(), "web[10.0/8].balancer");
        assert_eq!(address.resource(), "listener");
        assert_eq!(address.key(), Some("a.b"));
        let plain: Address = "eu-west-1/web[a].balancer".parse().unwrap();
        assert_eq!((plain.component(), plain.resource(), plain.key()), ("web[a]", "balancer", None));
    }

    #[test]
    fn children_have_the_names_of_their_parent() {
        let parent: Address = "eu-west-1/web[a~b].group[c]".parse().unwrap();
        let child = Address::child(&parent, "Ingress", "tcp/22/0.0.0.0/0");
        assert_eq!(child.path(), "web[a~b].group");
        assert_eq!(child.key(), Some("c"));
        assert_eq!(child.as_str().parse(), Ok(child.clone()));
    }

    #[test]
    fn a_resource_of_the_blueprint_has_no_component() {
        let address = Address::new("global", "media", None);
        assert_eq!(address.component(), "");
        assert_eq!(address.resource(), "media");
        assert_eq!(address.key(), None);
    }

    #[test]
    fn globs_cover_the_whole_address() {
        let address: Address = "eu-west-1/network.publicSubnet[a]".parse().unwrap();
        assert!(address.matches("eu-west-1/*"));
        assert!(address.matches("*publicSubnet[?]"));
        assert!(!address.matches("network"));
        assert!(!address.matches("eu-west-1/network.publicSubnet"));
    }

    #[test]
    fn wrong_texts_are_refused_with_a_reason() {
        for text in ["vpc", "/vpc", "eu-west-1/", "eu-west-1/subnet[a"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
