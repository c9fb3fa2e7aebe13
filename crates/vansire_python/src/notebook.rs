//! Jupyter notebooks: the code cells as one text.

use std::fmt::Write;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use serde_json::Value;

use crate::depth;
use crate::source::SourceProblem;

/// A code cell within the text of its notebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its place among all cells of the notebook, from 1.
    pub number: u32,
    /// Where its text starts.
    pub start: u32,
    /// Where its text ends; the line break after it belongs to no cell.
    pub end: u32,
}

/// Cell magics whose cell is still Python of this notebook.
const PYTHON_MAGICS: [&str; 5] = ["capture", "prun", "time", "timeit", "python3"];

pub(crate) fn read(bytes: &[u8], problems: &mut Vec<SourceProblem>) -> (String, Vec<Cell>) {
    let mut text = String::new();
    let mut cells = Vec::new();
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let notebook: Value = match serde_json::from_slice(bytes) {
        Ok(notebook) => notebook,
        Err(error) => {
            problems.push(SourceProblem {
                line: u32::try_from(error.line()).ok().filter(|&line| line > 0),
                message: "is not a valid notebook: its JSON can't be read".to_owned(),
            });
            return (text, cells);
        }
    };
    if !is_python(&notebook) {
        return (text, cells);
    }
    let mut number = 0;
    for cell in notebook_cells(&notebook) {
        number += 1;
        if cell.get("cell_type").and_then(Value::as_str) != Some("code") {
            continue;
        }
        // Format 3 called it `input`.
        let Some(source) = cell.get("source").or_else(|| cell.get("input")).and_then(joined) else {
            continue;
        };
        if !cells.is_empty() {
            text.push('\n');
        }
        let start = text.len() as u32;
        if source.contains('\0') {
            problems.push(SourceProblem::of_file(format!("has NUL characters in cell {number}")));
        } else {
            push_code(&mut text, &source);
        }
        cells.push(Cell { number, start, end: text.len() as u32 });
    }
    (text, cells)
}

fn is_python(notebook: &Value) -> bool {
    let metadata = &notebook["metadata"];
    metadata["language_info"]["name"]
        .as_str()
        .or_else(|| metadata["kernelspec"]["language"].as_str())
        .is_none_or(|language| {
            matches!(language.to_ascii_lowercase().as_str(), "python" | "ipython" | "python3")
        })
}

fn notebook_cells(notebook: &Value) -> impl Iterator<Item = &Value> {
    let sheets = notebook["worksheets"].as_array().into_iter().flatten();
    let lists = std::iter::once(notebook).chain(sheets);
    lists.filter_map(|holder| holder["cells"].as_array()).flatten()
}

fn joined(source: &Value) -> Option<String> {
    match source {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => Some(lines.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// Appends a cell's code with what only IPython understands turned into comments. Lines stay.
fn push_code(text: &mut String, source: &str) {
    let first = source.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if let Some(magic) = first.trim_start().strip_prefix("%%") {
        let name = magic.split_whitespace().next().unwrap_or_default();
        if !PYTHON_MAGICS.contains(&name) {
            push_comment(text, source);
            return;
        }
        let body =
            source.find("%%").map_or(0, |at| source[at..].find('\n').map_or(source.len(), |end| at + end));
        push_comment(text, &source[..body]);
        push_lines(text, &source[body..]);
        return;
    }
    push_lines(text, source);
}

fn push_lines(text: &mut String, source: &str) {
    if !source.contains(['%', '!', '?', '/', ',', ';']) || depth::is_too_deep_to_parse(source, Mode::Ipython)
    {
        text.push_str(source);
        return;
    }
    // The parser knows where an escape may stand: `%` may also begin a line inside parentheses.
    let parsed = parse_unchecked(source, ParseOptions::from(Mode::Ipython));
    let mut copied = 0;
    let mut assigns = false;
    let mut statement = None;
    for token in parsed.tokens() {
        let kind = token.kind();
        let (start, end) = (token.start().to_usize(), token.end().to_usize());
        match kind {
            TokenKind::IpyEscapeCommand => {
                text.push_str(&source[copied..start]);
                // What it stands for must still be a statement, or a value: `files = !ls`.
                text.push_str(if assigns { "None  # " } else { "pass  # " });
                push_comment_lines(text, &source[start..end]);
                copied = end;
            }
            // `name?` asks for help.
            TokenKind::Question => {
                let start = statement.unwrap_or(start);
                if copied <= start {
                    text.push_str(&source[copied..start]);
                    text.push_str("pass  # ");
                    copied = start;
                }
                push_comment_lines(text, &source[copied..end]);
                copied = end;
            }
            _ => {}
        }
        assigns = kind == TokenKind::Equal;
        match kind {
            TokenKind::Newline | TokenKind::Semi => statement = None,
            TokenKind::NonLogicalNewline | TokenKind::Comment | TokenKind::Indent | TokenKind::Dedent => {}
            _ => _ = statement.get_or_insert(start),
        }
    }
    text.push_str(&source[copied..]);
}

fn push_comment(text: &mut String, source: &str) {
    if !source.is_empty() {
        text.push('#');
        push_comment_lines(text, source);
    }
}

fn push_comment_lines(text: &mut String, source: &str) {
    for (index, line) in source.split('\n').enumerate() {
        if index > 0 {
            let _ = write!(text, "\n#");
        }
        text.push_str(line);
    }
}

#[cfg(test)]
mod tests;
