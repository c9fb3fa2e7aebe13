//! Editing the cells of a notebook: only their sources change, every other byte of the file stays.

use std::fmt::Write;

use vansire_python::SourceFile;

/// A string of a notebook's JSON.
#[derive(Clone, Debug)]
struct Literal {
    /// Within the quotes, in the bytes of the file.
    start: usize,
    end: usize,
    text: String,
}

/// A cell's source, as it stands in the file.
#[derive(Clone, Debug, Default)]
struct RawCell {
    number: u32,
    /// One string, or one for each line.
    literals: Vec<Literal>,
}

/// An edit of a cell: lines and columns from 1, columns in characters.
#[derive(Debug)]
pub struct CellEdit<'a> {
    pub cell: u32,
    pub start: (u32, u32),
    pub end: (u32, u32),
    pub replacement: &'a str,
}

/// A cell before and after.
#[derive(Debug, PartialEq, Eq)]
pub struct CellChange {
    pub number: u32,
    pub before: String,
    pub after: String,
}

/// What edits that don't overlap make of a notebook. `source` is the notebook as it was analysed, in which lines that only
/// IPython understands are comments: those can't be edited. `None` where a place isn't found.
pub fn edited(text: &str, source: &SourceFile, edits: &[CellEdit<'_>]) -> Option<(String, Vec<CellChange>)> {
    let cells = cells(text)?;
    let is_ascii = text.is_ascii();
    let mut result = text.to_owned();
    let mut changes = Vec::new();
    for cell in cells.iter().rev() {
        let mut here: Vec<&CellEdit<'_>> = edits.iter().filter(|edit| edit.cell == cell.number).collect();
        if here.is_empty() {
            continue;
        }
        here.sort_by_key(|edit| (edit.start, edit.end));
        let before: String = cell.literals.iter().map(|literal| literal.text.as_str()).collect();
        let own = SourceFile::new("cell.py", before.clone());
        let first = source.cells().iter().find(|one| one.number == cell.number)?;
        let above = source.text_line(first.start) - 1;
        let mut after = before.clone();
        let mut literals = cell.literals.clone();
        for edit in here.into_iter().rev() {
            let is_insertion = edit.start == edit.end && edit.start.1 == 1;
            let is_same = |line: u32| own.line_text(line) == source.line_text(line + above);
            if !is_insertion && !(edit.start.0..=edit.end.0).all(is_same) {
                return None;
            }
            let start = own.offset(edit.start.0, edit.start.1, None)? as usize;
            let end = own.offset(edit.end.0, edit.end.1, None)? as usize;
            after.replace_range(start..end, edit.replacement);
            replace(&mut result, &mut literals, start, end, edit.replacement, is_ascii)?;
        }
        changes.push(CellChange { number: cell.number, before, after });
    }
    changes.reverse();
    Some((result, changes))
}

/// Puts a text in place of a part of a cell. What follows in the file has been edited already; what comes before keeps its
/// place.
fn replace(
    file: &mut String,
    literals: &mut Vec<Literal>,
    start: usize,
    end: usize,
    replacement: &str,
    is_ascii: bool,
) -> Option<()> {
    // The literals in which the part begins and ends, each with where.
    let (first, from) = place(literals, start)?;
    let (last, to) = if end == start { (first, from) } else { place_of_end(literals, end)? };
    let head = literals[first].start + raw_offset(&file[literals[first].start..literals[first].end], from)?;
    let tail = literals[last].start + raw_offset(&file[literals[last].start..literals[last].end], to)?;
    let rest = literals[last].text[to..].to_owned();
    let mut lines: Vec<&str> = replacement.split_inclusive('\n').collect();
    if lines.is_empty() {
        lines.push("");
    }
    // Every line has a string of its own, where the notebook has it so: the last may go on with what follows.
    let is_list =
        literals.len() > 1 || !literals[first].text.contains('\n') || literals[first].text.ends_with('\n');
    let separator = separator(file, literals);
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0
            && let Some(separator) = &separator
        {
            let _ = write!(text, "\"{separator}\"");
        }
        push_escaped(&mut text, line, is_ascii);
    }
    if is_list
        && lines.last().is_some_and(|line| line.ends_with('\n'))
        && !rest.is_empty()
        && let Some(separator) = &separator
    {
        let _ = write!(text, "\"{separator}\"");
    }
    file.replace_range(head..tail, &text);
    // Edits come from the end: only what lies before is asked for again.
    literals.truncate(first + 1);
    let literal = &mut literals[first];
    literal.text.truncate(from);
    literal.end = head;
    Some(())
}

/// The literal that holds an offset, and the offset within.
fn place(literals: &[Literal], offset: usize) -> Option<(usize, usize)> {
    let mut rest = offset;
    for (index, literal) in literals.iter().enumerate() {
        if rest < literal.text.len() || (rest == literal.text.len() && index + 1 == literals.len()) {
            return Some((index, rest));
        }
        rest -= literal.text.len();
    }
    None
}

/// The same for an end, which belongs to what stands before it.
fn place_of_end(literals: &[Literal], offset: usize) -> Option<(usize, usize)> {
    let mut rest = offset;
    for (index, literal) in literals.iter().enumerate() {
        if rest <= literal.text.len() {
            return Some((index, rest));
        }
        rest -= literal.text.len();
    }
    None
}

/// What stands between the strings of a list, of which there may be one.
fn separator(file: &str, literals: &[Literal]) -> Option<String> {
    if let [first, second, ..] = literals
        && let Some(between) = file.get(first.end + 1..second.start - 1)
        && between.trim() == ","
    {
        return Some(between.to_owned());
    }
    // `"source": "…"` has none.
    let before = file[..literals.first()?.start - 1].trim_end_matches([' ', '\n', '\r', '\t']);
    let space = &file[before.len()..literals.first()?.start - 1];
    before.ends_with('[').then(|| format!(",{space}"))
}

/// Where in the JSON of a string something stands that has an offset in its text.
fn raw_offset(raw: &str, offset: usize) -> Option<usize> {
    let mut decoded = 0;
    let mut at = 0;
    while decoded < offset {
        let (character, length) = next(&raw[at..])?;
        decoded += character.len_utf8();
        at += length;
    }
    (decoded == offset).then_some(at)
}

/// The first character of a string's JSON, and how long it is there.
fn next(raw: &str) -> Option<(char, usize)> {
    let first = raw.chars().next()?;
    if first != '\\' {
        return Some((first, first.len_utf8()));
    }
    let unit = |at: usize| u32::from_str_radix(raw.get(at..at + 4)?, 16).ok();
    match raw.as_bytes().get(1)? {
        b'u' => {
            let high = unit(2)?;
            if let Some(character) = char::from_u32(high) {
                return Some((character, 6));
            }
            let low = raw.get(6..8).filter(|start| *start == "\\u").and_then(|_| unit(8))?;
            let code = 0x1_0000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00)?;
            Some((char::from_u32(code)?, 12))
        }
        b'n' => Some(('\n', 2)),
        b't' => Some(('\t', 2)),
        b'r' => Some(('\r', 2)),
        b'b' => Some(('\u{8}', 2)),
        b'f' => Some(('\u{c}', 2)),
        other => Some((char::from(*other), 2)),
    }
}

/// Escapes text as it stands within a JSON string. Where a file is ASCII, it stays that.
fn push_escaped(out: &mut String, text: &str, is_ascii: bool) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character < ' ' || (is_ascii && !character.is_ascii()) => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(character),
        }
    }
}

/// The sources of all cells, numbered as they are where notebooks are read. The text is valid JSON.
fn cells(text: &str) -> Option<Vec<RawCell>> {
    let mut own = Vec::new();
    let mut in_sheets = Vec::new();
    let mut reader = Reader { text, at: 0 };
    reader.object(&mut |reader, key| match key {
        "cells" => {
            own.clear();
            reader.cells(&mut own)
        }
        "worksheets" => {
            in_sheets.clear();
            reader.array(&mut |reader| {
                if reader.peek() != Some(b'{') {
                    return reader.skip();
                }
                reader.object(&mut |reader, key| match key {
                    "cells" => reader.cells(&mut in_sheets),
                    _ => reader.skip(),
                })
            })
        }
        _ => reader.skip(),
    })?;
    own.extend(in_sheets);
    for (index, cell) in own.iter_mut().enumerate() {
        cell.number = index as u32 + 1;
    }
    Some(own)
}

/// Walks over valid JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']).len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn string(&mut self) -> Option<Literal> {
        self.take(b'"')?;
        let start = self.at;
        let mut text = String::new();
        loop {
            if self.text.as_bytes().get(self.at)? == &b'"' {
                let end = self.at;
                self.at += 1;
                return Some(Literal { start, end, text });
            }
            let (character, length) = next(&self.text[self.at..])?;
            text.push(character);
            self.at += length;
        }
    }

    fn object(&mut self, see: &mut dyn FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            let key = self.string()?.text;
            self.take(b':')?;
            see(self, &key)?;
            if self.peek()? == b'}' {
                return self.take(b'}');
            }
            self.take(b',')?;
        }
    }

    fn array(&mut self, see: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        loop {
            see(self)?;
            if self.peek()? == b']' {
                return self.take(b']');
            }
            self.take(b',')?;
        }
    }

    /// Leaves out a value, however deep it is: strings and brackets are all that counts.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.skip_string()?;
                }
                b'[' | b'{' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b']' | b'}' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let rest = &self.text[self.at..];
                    let end = rest.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
                    self.at += end;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.take(b'"')?;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn cells(&mut self, out: &mut Vec<RawCell>) -> Option<()> {
        if self.peek()? != b'[' {
            return self.skip();
        }
        self.array(&mut |reader| {
            let mut cell = RawCell::default();
            if reader.peek()? != b'{' {
                out.push(cell);
                return reader.skip();
            }
            let mut has_source = false;
            reader.object(&mut |reader, key| {
                if key != "source" && (key != "input" || has_source) {
                    return reader.skip();
                }
                has_source |= key == "source";
                cell.literals.clear();
                match reader.peek()? {
                    b'"' => cell.literals.push(reader.string()?),
                    b'[' => {
                        let literals = &mut cell.literals;
                        reader.array(&mut |reader| {
                            if reader.peek()? == b'"' {
                                literals.push(reader.string()?);
                                return Some(());
                            }
                            reader.skip()
                        })?;
                    }
                    _ => reader.skip()?,
                }
                Some(())
            })?;
            out.push(cell);
            Some(())
        })
    }
}

#[cfg(test)]
mod tests {
    use vansire_python::SourceFile;

    use super::{CellEdit, edited};

    fn mended(text: &str, edits: &[CellEdit<'_>]) -> Option<String> {
        let (source, _) = SourceFile::from_bytes("a.ipynb", text.as_bytes());
        edited(text, &source, edits).map(|(text, _)| text)
    }

    fn edit(cell: u32, line: u32, columns: (u32, u32), replacement: &str) -> CellEdit<'_> {
        CellEdit { cell, start: (line, columns.0), end: (line, columns.1), replacement }
    }

    #[test]
    fn everything_else_stays() {
        let text = "{\"nbformat\":4,  \"cells\" : [\n {\"cell_type\": \"markdown\", \"source\": [\"# \\u00e4\"]},\n {\n  \
                    \"source\": [\n   \"%matplotlib inline\\n\",\n   \"a = \\\"\\u00e4\\\"; f(b)\\n\",\n   \"g(c)\"\n  ],\n  \
                    \"cell_type\": \"code\", \"outputs\": [{\"x\": [1.50, {\"source\": \"no\"}]}], \"metadata\": {}}\n]}\n";
        let done = mended(text, &[edit(2, 2, (12, 13), "h(\"ö\")"), edit(2, 3, (3, 4), "d")]).unwrap();
        let expected = text.replace("f(b)", "f(h(\\\"\\u00f6\\\"))").replace("g(c)", "g(d)");
        assert_eq!(done, expected);
        // A line that isn't Python is left alone.
        assert_eq!(mended(text, &[edit(2, 1, (3, 4), "x")]), None);
        // One before it isn't.
        let done = mended(text, &[edit(2, 1, (1, 1), "import x\n")]).unwrap();
        assert_eq!(done, text.replace("\"%mat", "\"import x\\n\",\n   \"%mat"));
    }

    #[test]
    fn one_string_for_a_cell() {
        let text = "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"ä = 1\\nf(b)\\n\"}]}";
        let done = mended(text, &[edit(1, 2, (3, 4), "ö,\n c"), edit(1, 1, (5, 6), "2")]).unwrap();
        assert_eq!(done, text.replace("f(b)", "f(ö,\\n c)").replace("= 1", "= 2"));
    }

    #[test]
    fn lines_get_strings_of_their_own() {
        let text = "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"assert x\\n\", \"y\"]}]}";
        let done = mended(text, &[edit(1, 1, (1, 9), "if not x:\n    raise E")]).unwrap();
        assert_eq!(done, text.replace("\"assert x\\n\"", "\"if not x:\\n\", \"    raise E\\n\""));
        let two = CellEdit { cell: 1, start: (1, 1), end: (2, 2), replacement: "z" };
        assert_eq!(mended(text, &[two]).unwrap(), text.replace("\"assert x\\n\", \"y\"", "\"z\""));
    }

    #[test]
    fn worksheets() {
        let text = "{\"worksheets\": [{\"cells\": [3, {\"cell_type\": \"code\", \"input\": [\"f(b)\"]}]}], \"nbformat\": 3}";
        let done = mended(text, &[edit(2, 1, (3, 4), "c")]);
        assert_eq!(done.unwrap(), text.replace("f(b)", "f(c)"));
    }
}
