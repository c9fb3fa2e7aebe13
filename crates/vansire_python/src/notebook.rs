//! Jupyter notebooks: the code cells as one text.

use std::fmt::Write;

use serde_json::Value;

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

/// Appends lines of Python with IPython's escapes turned into comments.
fn push_lines(text: &mut String, source: &str) {
    // The parser has a mode for escapes, but does not stand every broken cell in it. They are easy
    // to find: an escape stands at the start of a statement, or right after the `=` of one.
    let bytes = source.as_bytes();
    let mut copied = 0;
    let mut statement = Some(0);
    let mut brackets = 0_u32;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let begins = || statement.is_some_and(|start| source[start..at].trim().is_empty());
        let escape = match byte {
            b'%' | b'!' | b'?' if begins() => Some((at, "pass  # ")),
            b'%' | b'!' if statement.is_some() && brackets == 0 && follows_assignment(&source[..at]) => {
                Some((at, "None  # "))
            }
            // `name?` asks for help.
            b'?' if brackets == 0 => statement.map(|start| (first_word(source, start), "pass  # ")),
            _ => None,
        };
        if let Some((start, replacement)) = escape {
            let end = end_of_line(bytes, at);
            text.push_str(&source[copied..start]);
            text.push_str(replacement);
            push_comment_lines(text, &source[start..end]);
            (copied, at, statement) = (end, end, None);
            continue;
        }
        match byte {
            b'\n' if brackets == 0 => statement = Some(at + 1),
            b';' if brackets == 0 => statement = Some(at + 1),
            b'(' | b'[' | b'{' => brackets += 1,
            b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'#' => {
                at += source[at..].find('\n').unwrap_or(source.len() - at);
                continue;
            }
            b'\\' => at += 1,
            b'\'' | b'"' => {
                at = end_of_string(bytes, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    text.push_str(&source[copied..]);
}

/// Whether code ends in a `=` that assigns.
fn follows_assignment(before: &str) -> bool {
    before.trim_end_matches([' ', '\t']).strip_suffix('=').is_some_and(|rest| {
        !rest.ends_with(['=', '!', '<', '>', ':', '+', '-', '*', '/', '%', '&', '|', '^', '@'])
    })
}

fn first_word(source: &str, start: usize) -> usize {
    start + source[start..].len() - source[start..].trim_start().len()
}

/// The end of a line that a backslash may continue.
fn end_of_line(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\n' && bytes[at - 1] != b'\\' {
            break;
        }
        at += 1;
    }
    at
}

/// The end of the string that a quote opens; strings of one line end with it at the latest.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let is_triple = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if is_triple { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if !is_triple => return at,
            _ if byte == quote && !is_triple => return at + 1,
            _ if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
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
