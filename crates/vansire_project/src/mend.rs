//! Applying fixes to files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vansire_finding::{Finding, Fix, Problem};
use vansire_python::SourceFile;
use vansire_rules::fixes::Fixer;

use crate::{Error, write};

mod notebook;
#[cfg(test)]
mod properties;

use notebook::{CellChange, CellEdit};

/// Adds fixes to the findings of a file that somebody may want to mend.
pub fn propose(source: &SourceFile, findings: &mut [&mut Finding]) {
    let lowered = vansire_python::lower(source);
    // In broken code nobody knows what belongs where.
    if !lowered.errors.is_empty() {
        return;
    }
    let fixer = Fixer::new(source, &lowered.module);
    for finding in findings {
        finding.fix = fixer.fix(finding);
    }
}

/// What fixes make of the files.
#[derive(Debug, Default)]
pub struct Mended {
    pub files: Vec<MendedFile>,
    /// How many findings are mended.
    pub findings: usize,
    /// How many more would be, if unsafe fixes were wanted.
    pub unsafe_ones: usize,
    /// Why a file was left alone.
    pub problems: Vec<Problem>,
}

/// A file before and after.
#[derive(Debug)]
pub struct MendedFile {
    /// As people see it.
    pub shown: String,
    pub before: String,
    pub after: String,
    /// Of a notebook: the cells that change.
    cells: Vec<CellChange>,
    path: PathBuf,
    has_mark: bool,
}

const MARK: &str = "\u{feff}";

impl Mended {
    /// Works out what the fixes of these findings, which have the paths that people see, make of their files. Nothing is
    /// written.
    pub fn new<'f>(
        findings: impl Iterator<Item = &'f Finding>,
        folder: &Path,
        with_unsafe: bool,
    ) -> Result<Self, Error> {
        let mut mended = Self::default();
        let mut by_file = BTreeMap::<&str, Vec<&Fix>>::new();
        for finding in findings {
            match &finding.fix {
                Some(fix) if fix.safe || with_unsafe => {
                    by_file.entry(&finding.location.path).or_default().push(fix);
                }
                Some(_) => mended.unsafe_ones += 1,
                None => {}
            }
        }
        for (shown, fixes) in by_file {
            let path = folder.join(shown);
            let bytes = std::fs::read(&path).map_err(|error| Error::file("read", &path, &error))?;
            match mend(shown, &path, &bytes, &fixes) {
                Ok((file, count)) => {
                    mended.findings += count;
                    mended.files.push(file);
                }
                Err(message) => {
                    let problem = Problem { path: shown.to_owned(), line: None, message: message.to_owned() };
                    mended.problems.push(problem);
                }
            }
        }
        Ok(mended)
    }

    /// Writes the files.
    pub fn write(&self) -> Result<(), Error> {
        for file in &self.files {
            let mark = if file.has_mark { MARK } else { "" };
            write::replace(&file.path, format!("{mark}{}", file.after))
                .map_err(|error| Error::file("write", &file.path, &error))?;
        }
        Ok(())
    }

    /// The changes as a patch, as `git apply` and `patch -p1` take it; those of a notebook cell by cell, for people to read.
    pub fn patch(&self) -> String {
        let mut patch = String::new();
        for file in &self.files {
            let name = file.shown.trim_start_matches('/');
            if file.cells.is_empty() {
                patch.push_str(&unified(name, &file.before, &file.after));
            }
            for cell in &file.cells {
                let name = format!("{name}:cell {}", cell.number);
                patch.push_str(&unified(&name, &cell.before, &cell.after));
            }
        }
        patch
    }
}

fn unified(name: &str, before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let (old, new) = (format!("a/{name}"), format!("b/{name}"));
    diff.unified_diff().context_radius(3).header(&old, &new).to_string()
}

/// An edit by its place in the text of the file, with the fix that asks for it.
type Placed<'f> = (u32, u32, &'f str);

fn mend(shown: &str, path: &Path, bytes: &[u8], fixes: &[&Fix]) -> Result<(MendedFile, usize), &'static str> {
    let (source, problems) = SourceFile::from_bytes(shown.to_owned(), bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| "not mended: it isn't UTF-8")?;
    let (text, has_mark) = text.strip_prefix(MARK).map_or((text, false), |rest| (rest, true));
    if !problems.is_empty() || (source.text != text && !source.is_notebook()) {
        return Err("not mended: it isn't UTF-8");
    }
    let (mut taken, count) = chosen(&source, fixes);
    taken.sort_unstable();
    let (after, cells) = if source.is_notebook() {
        in_notebook(text, &source, &taken).ok_or("not mended: its cells couldn't be edited")?
    } else {
        let mut after = text.to_owned();
        for (start, end, replacement) in taken.into_iter().rev() {
            after.replace_range(start as usize..end as usize, replacement);
        }
        (after, Vec::new())
    };
    let (result, problems) = if source.is_notebook() {
        SourceFile::from_bytes(shown.to_owned(), after.as_bytes())
    } else {
        (SourceFile::new(shown.to_owned(), after.clone()), Vec::new())
    };
    if !problems.is_empty() || !vansire_python::lower(&result).errors.is_empty() {
        return Err("not mended: what came out was no Python; please report it");
    }
    let before = text.to_owned();
    let file = MendedFile { shown: shown.to_owned(), before, after, cells, path: path.to_owned(), has_mark };
    Ok((file, count))
}

/// The edits that are made, and how many fixes they belong to.
fn chosen<'f>(source: &SourceFile, fixes: &[&'f Fix]) -> (Vec<Placed<'f>>, usize) {
    let mut taken: Vec<Placed<'f>> = Vec::new();
    let mut count = 0;
    for fix in fixes {
        let edits = fix.edits.iter().map(|edit| {
            let at = |position: vansire_finding::Position| {
                source.offset(position.line, position.column, edit.location.cell)
            };
            Some((at(edit.location.start)?, at(edit.location.end)?, edit.replacement.as_str()))
        });
        let Some(edits) = edits.collect::<Option<Vec<_>>>() else { continue };
        // The same edit, as an import that two fixes need, is made once; where two want different things, the first has
        // its way, and the next run sees to the other.
        let new: Vec<_> = edits.into_iter().filter(|edit| !taken.contains(edit)).collect();
        // What is put right beside something that goes belongs to what was there.
        let touches = |edit: &Placed<'_>, other: &Placed<'_>| {
            edit.0 == edit.1 && other.2.is_empty() && other.0 <= edit.0 && edit.0 <= other.1
        };
        let collides = |edit: &Placed<'_>| {
            taken.iter().any(|other| {
                (edit.0 < other.1 && other.0 < edit.1)
                    || (edit.0 == other.0 && edit.1 == other.1)
                    || touches(edit, other)
                    || touches(other, edit)
            })
        };
        if !new.iter().any(collides) {
            taken.extend(new);
            count += 1;
        }
    }
    (taken, count)
}

/// The notebook with its cells edited, and what became of them.
fn in_notebook(text: &str, source: &SourceFile, taken: &[Placed<'_>]) -> Option<(String, Vec<CellChange>)> {
    let edits = taken.iter().map(|&(start, end, replacement)| {
        let (start_line, start_column, end_line, end_column, cell) =
            source.location(vansire_python::ir::Span { start, end });
        let (start, end) = ((start_line, start_column), (end_line, end_column));
        Some(CellEdit { cell: cell?, start, end, replacement })
    });
    notebook::edited(text, source, &edits.collect::<Option<Vec<_>>>()?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vansire_finding::{Edit, Fix, Location, Position};

    use super::mend;

    fn fix(edits: &[(u32, u32, u32, &str)]) -> Fix {
        let edits = edits.iter().map(|&(line, start, end, replacement)| Edit {
            location: Location {
                path: "a.py".to_owned(),
                start: Position { line, column: start },
                end: Position { line, column: end },
                cell: None,
            },
            replacement: replacement.to_owned(),
        });
        Fix { message: String::new(), safe: true, edits: edits.collect() }
    }

    fn mended(bytes: &[u8], fixes: &[Fix]) -> Result<(String, usize), &'static str> {
        let fixes: Vec<&Fix> = fixes.iter().collect();
        mend("a.py", Path::new("a.py"), bytes, &fixes).map(|(file, count)| (file.after, count))
    }

    #[test]
    fn edits_are_made_once_and_never_cross() {
        let import = (1, 1, 1, "import b\n");
        let fixes = [fix(&[import, (1, 1, 2, "x")]), fix(&[import, (1, 5, 6, "y")]), fix(&[(1, 5, 6, "z")])];
        assert_eq!(mended(b"a = c\n", &fixes), Ok(("import b\nx = y\n".to_owned(), 2)));
    }

    #[test]
    fn bytes_stay() {
        let text = "\u{feff}a = 'ä'\r\nb = c\r\n";
        let (after, _) = mended(text.as_bytes(), &[fix(&[(2, 5, 6, "d")])]).unwrap();
        assert_eq!(after, "a = 'ä'\r\nb = d\r\n");
        assert!(mended(b"# coding: latin-1\na = '\xe4'\n", &[fix(&[(2, 1, 2, "b")])]).is_err());
        assert!(mended(b"a = 1\n", &[fix(&[(1, 1, 2, "(")])]).unwrap_err().contains("no Python"));
    }
}
