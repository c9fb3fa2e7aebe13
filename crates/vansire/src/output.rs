//! Data goes to standard output, talk goes to standard error.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use vansire_project::{Color, Error, write};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Columns of what isn't a terminal.
const DEFAULT_WIDTH: usize = 80;

/// Lines longer than this are hard to read, however wide the window.
const MAX_WIDTH: usize = 140;

/// Applies the choice of colour to everything that follows.
pub fn choose_color(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Whether standard output is to be coloured: as chosen, else by what it is and by `NO_COLOR` and
/// its like.
pub fn is_stdout_colored() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Columns of the terminal.
pub fn width() -> usize {
    if !io::stdout().is_terminal() {
        return DEFAULT_WIDTH;
    }
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0).min(MAX_WIDTH))
}

/// Writes data to a file, or to standard output.
pub fn data(text: &str, file: Option<&Path>) -> Result<(), Error> {
    if let Some(path) = file {
        return write::replace(path, text).map_err(|error| Error::file("write", path, &error));
    }
    // `anstream` only translates colours for old consoles here: the text has them, or not.
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // Whoever read it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Error::new(format!(
            "could not write to standard output: {}",
            vansire_project::describe(&error)
        ))),
        Ok(()) => Ok(()),
    }
}

/// Says something to the person at the terminal.
pub fn talk(text: &str) {
    // Nobody is there to be told that nobody is there.
    let _ = writeln!(anstream::stderr(), "{text}");
}

pub fn error(error: &Error) {
    talk(&format!("{ERROR}error{ERROR:#}: {error}"));
    if let Some(hint) = &error.hint {
        talk(&format!("{HINT}hint{HINT:#}: {hint}"));
    }
}

/// Says what the person should know although the run goes on.
pub fn warning(text: &str, hint: Option<&str>) {
    talk(&format!("{WARNING}warning{WARNING:#}: {text}"));
    if let Some(hint) = hint {
        talk(&format!("{HINT}hint{HINT:#}: {hint}"));
    }
}

/// For what must not happen.
pub fn internal_error(what: &str) {
    talk(&format!("{ERROR}error{ERROR:#}: Vansire {} has a fault: {what}", env!("CARGO_PKG_VERSION")));
    talk(&format!(
        "{HINT}hint{HINT:#}: please report these lines, with the code that was checked if you can share it"
    ));
}
