//! A property path as the comparison walks down, made into text only where something differs.

use crate::model::PropertyPath;

/// Where the comparison stands: a list on the call stack.
#[derive(Clone, Copy)]
pub(super) enum Trail<'a> {
    /// At the resource.
    Root,
    /// At a property of an object.
    Property(&'a Trail<'a>, &'a str),
    /// At an element of a list.
    Index(&'a Trail<'a>, usize),
}

impl<'a> Trail<'a> {
    /// One property down.
    pub fn property(&'a self, name: &'a str) -> Self {
        Self::Property(self, name)
    }

    /// One element down.
    pub fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }

    /// With positions: `Rules[0].Status`.
    pub fn path(&self) -> PropertyPath {
        match self {
            Self::Root => PropertyPath::root(),
            Self::Property(parent, name) => parent.path().property(name),
            Self::Index(parent, index) => parent.path().index(*index),
        }
    }

    /// In the schemas' form: `Rules.*.Status`.
    pub fn general(&self) -> String {
        let mut out = String::new();
        self.write_general(&mut out);
        out
    }

    fn write_general(&self, out: &mut String) {
        match self {
            Self::Root => {}
            Self::Property(parent, name) => {
                parent.write_general(out);
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Self::Index(parent, _) => {
                parent.write_general(out);
                out.push_str(".*");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_path() {
        let rules = Trail::Root.property("Rules");
        let first = rules.index(2);
        let status = first.property("Status");
        assert_eq!(status.path().as_str(), "Rules[2].Status");
        assert_eq!(status.general(), "Rules.*.Status");
    }
}
