//! Colours and how much is shown; whether there is a terminal is the caller's question.

use anstyle::{AnsiColor, Color, Effects, Style as Ansi};

use crate::model::Action;

/// How a text is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// With colours: a terminal that can show them, and no `NO_COLOR`.
    pub color: bool,
    /// With every property and whole values, and each resource on a line of its own.
    pub full: bool,
    /// With the API calls by service.
    pub calls: bool,
    /// The columns that there are; none where nobody counts them: a file, a pipe, a log.
    pub width: Option<usize>,
}

impl Style {
    /// How many characters of a text fit on a line that has so many before it; none for all of them.
    pub(super) fn room(self, before: usize) -> Option<usize> {
        self.width.filter(|_| !self.full).map(|width| width.saturating_sub(before).max(NARROWEST))
    }
}

/// What is left to a text on even the narrowest terminal.
const NARROWEST: usize = 16;

/// Applies colours, or none.
pub(super) struct Paint {
    color: bool,
}

impl Paint {
    pub fn new(style: Style) -> Self {
        Self { color: style.color }
    }

    fn with(&self, style: Ansi, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A region or a component.
    pub fn heading(&self, text: &str) -> String {
        self.strong(text)
    }

    /// What counts.
    pub fn strong(&self, text: &str) -> String {
        self.with(Ansi::new().bold(), text)
    }

    /// What stands back.
    pub fn dim(&self, text: &str) -> String {
        self.with(Ansi::new().effects(Effects::DIMMED), text)
    }

    /// What hurts.
    pub fn alert(&self, text: &str) -> String {
        self.with(foreground(AnsiColor::Red).bold(), text)
    }

    /// A text in the colour of what is done.
    pub fn action(&self, action: Action, text: &str) -> String {
        match action {
            Action::Create => self.with(foreground(AnsiColor::Green), text),
            Action::Update => self.with(foreground(AnsiColor::Yellow), text),
            Action::Replace => self.with(foreground(AnsiColor::Magenta), text),
            Action::Delete => self.with(foreground(AnsiColor::Red), text),
            Action::Adopt => self.with(foreground(AnsiColor::Cyan), text),
            Action::None => text.to_owned(),
        }
    }
}

fn foreground(color: AnsiColor) -> Ansi {
    Ansi::new().fg_color(Some(Color::Ansi(color)))
}

/// The sign before a change.
pub(super) fn symbol(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "-/+",
        Action::Delete => "-",
        Action::Adopt => ">",
        Action::None => "=",
    }
}
