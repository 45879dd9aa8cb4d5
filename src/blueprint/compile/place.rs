//! Where declarations are made: once in the stack, or in each region.

use super::super::diagnostics::Finding;
use super::super::document::{Declaration, Per, What};
use super::Compiler;
use super::frame::{Frame, Place};

impl Compiler<'_> {
    /// Whether a declaration of the stage is made in this place; in a component all are.
    pub(super) fn is_made_in(&self, frame: &Frame, at: usize) -> bool {
        !frame.root
            || (self.per(&frame.document.declarations[at]) == Per::Stack) == (frame.place == Place::Stack)
    }

    /// Whether a declaration is made once or in every region: what it says itself, or what its component says.
    pub(super) fn per(&self, declaration: &Declaration) -> Per {
        self.stated_per(declaration).unwrap_or(Per::Region)
    }

    fn stated_per(&self, declaration: &Declaration) -> Option<Per> {
        declaration.per.or_else(|| match &declaration.what {
            What::Component { name, span } => self.document(name, *span)?.per,
            _ => None,
        })
    }

    /// What lies in a component is made where the component is.
    pub(super) fn check_per(&self, frame: &Frame, declaration: &Declaration) {
        let place = if frame.place == Place::Stack { Per::Stack } else { Per::Region };
        let Some(stated) = self.stated_per(declaration).filter(|stated| !frame.root && *stated != place)
        else {
            return;
        };
        let words = |per: Per| if per == Per::Stack { "once in the stack" } else { "in each region" };
        let message = format!(
            "`{}` is made {}, and stands in a component that is made {}",
            declaration.id,
            words(stated),
            words(place)
        );
        let span = match (declaration.node.get("per"), &declaration.what) {
            (Some(node), _) => node.span,
            (None, What::Component { span, .. }) => *span,
            _ => declaration.span,
        };
        let help = "use it in the stage itself, and hand what it offers in by a parameter";
        self.around.findings.add(Finding::new("bad_per", span, message).help(help));
    }
}
