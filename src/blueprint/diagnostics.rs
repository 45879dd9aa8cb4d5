//! What is wrong with the files, and where: collected over all files, shown with a snippet each.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity};
use serde::Serialize;

pub use super::suggestion::{list_of, nearest, suggestion};

/// Which of the files that were read; an index into [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A run of bytes in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// In which file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// A part of this span, by bytes from its start; never longer than the span itself.
    #[must_use]
    pub fn part(self, start: u32, end: u32) -> Self {
        let start = (self.start + start).min(self.end);
        Self { file: self.file, start, end: (self.start + end).clamp(start, self.end) }
    }
}

/// A file that was read.
#[derive(Debug)]
pub struct SourceFile {
    /// As messages name it: relative to where stackctl was called.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// A file by its name and text.
    pub fn new(name: &str, text: &str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| offset(at + 1)))
            .collect();
        Self { name: Arc::from(name), text: Arc::from(text), line_starts }
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub fn position(&self, byte: u32) -> (u32, u32) {
        let line = self.line_starts.partition_point(|start| *start <= byte);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(start as usize..byte as usize).unwrap_or_default();
        (offset(line), offset(before.chars().count() + 1))
    }
}

/// A position in a file as the 32-bit number that spans keep; files beyond 4 GiB are refused when they are read.
pub fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// All files that were read, in the order of reading.
#[derive(Debug, Default)]
pub struct Sources(RefCell<Vec<Arc<SourceFile>>>);

impl Sources {
    /// Takes a file in.
    pub fn add(&self, file: SourceFile) -> FileId {
        let mut files = self.0.borrow_mut();
        files.push(Arc::new(file));
        FileId(offset(files.len() - 1))
    }

    /// The file with this number.
    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        self.0.borrow()[id.0 as usize].clone()
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<SourceFile>> {
        self.0.borrow().clone()
    }
}

/// Something wrong, not yet tied to the text of its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// `unknown_property`; shown as `blueprint::unknown_property`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands beside the underlined text.
    pub label: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding without more than its place.
    pub fn new(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span, label: None, help: None }
    }

    /// With another word beside the underlined text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With a way to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With a way to mend it, where there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

/// Collects findings while files are read and expanded.
#[derive(Debug, Default)]
pub struct Findings {
    mistakes: RefCell<Vec<Finding>>,
    warnings: RefCell<Vec<Finding>>,
}

impl Findings {
    /// Takes one in.
    pub fn add(&self, finding: Finding) {
        self.mistakes.borrow_mut().push(finding);
    }

    /// Takes in one that may be none.
    pub fn warn(&self, finding: Finding) {
        self.warnings.borrow_mut().push(finding);
    }

    /// Ties all mistakes to their files: sorted by place, each said once.
    pub fn finish(&self, sources: &Sources) -> Diagnostics {
        diagnostics(self.mistakes.take(), Severity::Error, sources)
    }

    /// The same for what may be a mistake.
    pub fn warnings(&self, sources: &Sources) -> Diagnostics {
        diagnostics(self.warnings.take(), Severity::Warning, sources)
    }
}

fn diagnostics(findings: Vec<Finding>, severity: Severity, sources: &Sources) -> Diagnostics {
    let mut list = Diagnostics::default();
    let found =
        findings.into_iter().map(|finding| Diagnostic { severity, ..Diagnostic::new(finding, sources) });
    list.merge(Diagnostics(found.collect()));
    list
}

/// One thing that is wrong, with its place and the way to mend it.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnostic {
    /// The file; none where the trouble is with no file in particular.
    pub file: Option<String>,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// `blueprint::unknown_property`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    #[serde(skip)]
    severity: Severity,
    #[serde(skip)]
    label: Option<LabeledSpan>,
    #[serde(skip)]
    source: Option<Arc<NamedSource<Arc<str>>>>,
}

impl Diagnostic {
    fn new(finding: Finding, sources: &Sources) -> Self {
        let file = sources.get(finding.span.file);
        let (line, column) = file.position(finding.span.start);
        let length = finding.span.end.saturating_sub(finding.span.start) as usize;
        Self {
            file: Some(file.name.to_string()),
            line,
            column,
            code: format!("blueprint::{}", finding.code),
            message: finding.message,
            help: finding.help,
            severity: Severity::Error,
            label: Some(LabeledSpan::new(finding.label, finding.span.start as usize, length)),
            source: Some(Arc::new(NamedSource::new(&*file.name, file.text.clone()))),
        }
    }

    /// One without a place in a file, such as a folder that holds no blueprints.
    pub fn without_place(code: &str, message: impl Into<String>, help: Option<String>) -> Self {
        Self {
            file: None,
            line: 0,
            column: 0,
            code: format!("blueprint::{code}"),
            message: message.into(),
            help,
            severity: Severity::Error,
            label: None,
            source: None,
        }
    }

    fn order(&self) -> (Option<&str>, u32, u32, &str, &str) {
        (self.file.as_deref(), self.line, self.column, &self.code, &self.message)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_deref().map(|source| source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|label| Box::new(std::iter::once(label)) as _)
    }
}

/// Everything that is wrong, sorted by file and line.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Takes in those of another file.
    pub fn merge(&mut self, others: Self) {
        self.0.extend(others.0);
        self.0.sort_by(|a, b| a.order().cmp(&b.order()));
        self.0.dedup_by(|a, b| a.order() == b.order());
    }

    /// For programs.
    pub fn to_json(&self) -> crate::model::Json {
        serde_json::json!(self.0)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a person reads them: message, snippet, help. 100 columns wide, so that it is the same everywhere.
    pub fn render(&self, color: bool) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false);
        self.0.iter().fold(String::new(), |mut out, diagnostic| {
            // Writing into a String does not fail.
            let _ = handler.render_report(&mut out, diagnostic);
            out
        })
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Diagnostics {
    /// The mistake, where there is one alone.
    fn only(&self) -> Option<&dyn miette::Diagnostic> {
        match self.0.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

impl From<Vec<Diagnostic>> for Diagnostics {
    fn from(list: Vec<Diagnostic>) -> Self {
        Self(list)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => one.fmt(f),
            all => write!(f, "the blueprint has {} mistakes", all.len()),
        }
    }
}

impl std::error::Error for Diagnostics {}

/// One mistake stands for itself; several are listed below their count.
impl miette::Diagnostic for Diagnostics {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only()?.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.only()?.help()
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.only()?.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.only()?.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let listed = self.0.iter().filter(|_| self.0.len() != 1);
        Some(Box::new(listed.map(|diagnostic| diagnostic as _)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let file = SourceFile::new("a.yaml", "a: é\nb: \"ü\" # x\n");
        assert_eq!(file.position(0), (1, 1));
        assert_eq!(file.position(6), (2, 1));
        assert_eq!(file.position(13), (2, 7));
    }
}
