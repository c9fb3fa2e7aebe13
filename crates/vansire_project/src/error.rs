//! What stops a run: a mistake in the arguments, the configuration or a model.

use std::path::Path;

/// An error that says what is wrong and where, and what to try next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub message: String,
    /// Without a full stop, without `hint:`.
    pub hint: Option<String>,
}

impl Error {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn with_optional_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// A file could not be read or written: `verb` is what was tried.
    pub fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("could not {verb} `{}`: {}", path.display(), describe(error)))
    }
}

/// The system's words for an error, without their number.
pub fn describe(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
