//! `path:` and `helm:`: objects that stand in files, or come out of a tool that renders them.

use std::rc::Rc;

use super::super::diagnostics::Finding;
use super::super::expression::{Poisoned, Val};
use super::Compiler;
use super::frame::{Frame, Scope};

impl Compiler<'_> {
    /// The objects of files or of a chart, a group by kind and name.
    pub(super) fn make_rendered(
        &self,
        frame: &Rc<Frame>,
        at: usize,
        _scope: &Rc<Scope>,
        _key: Option<&str>,
    ) -> Result<Val, Poisoned> {
        let declaration = &frame.document.declarations[at];
        let message = "`path` and `helm` are not here yet";
        self.around.findings.add(Finding::new("unsupported", declaration.span, message));
        Err(Poisoned)
    }
}
