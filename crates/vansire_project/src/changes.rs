//! Which lines have changed since a revision of git's: what `--diff` asks for.
//!
//! The program `git` is asked, as it knows every kind of repository. Nothing of the repository's own is run for that:
//! neither drivers of its configuration, nor hooks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use vansire_finding::{Finding, Location};

use crate::Error;

/// Changed lines by file, by absolute path.
#[derive(Debug, Default)]
pub struct Changes {
    /// The first and last of each run of lines; none where the whole file is new.
    files: BTreeMap<PathBuf, Option<Vec<(u32, u32)>>>,
}

impl Changes {
    /// The changes of the working tree since `revision`, or since the branch at hand left it.
    pub fn since(revision: &str, folder: &Path) -> Result<Self, Error> {
        let git = |arguments: &[&str]| ask(folder, arguments);
        let root = PathBuf::from(
            git(&["rev-parse", "--show-toplevel"])
                .map_err(|error| error.with_hint("`--diff` works in a git repository"))?
                .trim_end_matches(['\n', '\r']),
        );
        let commit = format!("{revision}^{{commit}}");
        let commit =
            git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).map_err(|_| {
                let hint = match revision.split_once("..") {
                    Some((from, _)) if !from.is_empty() => {
                        format!("one revision is enough, up to the files as they are: `--diff {from}`")
                    }
                    _ => "in a shallow clone it has to be fetched first: `git fetch --unshallow`".to_owned(),
                };
                Error::new(format!("git knows no revision `{revision}`")).with_hint(hint)
            })?;
        let commit = commit.trim();
        // What others did on that branch meanwhile is none of ours.
        let base = git(&["merge-base", commit, "HEAD"]).unwrap_or_else(|_| commit.to_owned());
        let mut changes = Self::default();
        let diff = git(&[
            "diff",
            "--unified=0",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--find-renames",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            base.trim(),
            "--",
        ])?;
        changes.read(&diff, &root);
        // `-z`: names as they are, in no quotes.
        let untracked = git(&["ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/"])?;
        for name in untracked.split('\0').filter(|name| !name.is_empty()) {
            changes.files.insert(root.join(name), None);
        }
        Ok(changes)
    }

    fn read(&mut self, diff: &str, root: &Path) {
        let mut file: Option<PathBuf> = None;
        for line in diff.lines() {
            if let Some(name) = line.strip_prefix("+++ ") {
                let name = unquote(name.trim_end_matches('\t'));
                file = name.strip_prefix("b/").map(|name| root.join(name));
            } else if let (Some(path), Some(lines)) = (&file, line.strip_prefix("@@ ").and_then(added))
                && let Some(runs) = self.files.entry(path.clone()).or_insert_with(|| Some(Vec::new()))
            {
                runs.push(lines);
            }
        }
    }

    /// Whether a finding stands on changed lines, or its way leads over some.
    pub fn touch(&self, finding: &Finding, folder: &Path) -> bool {
        let steps = finding.trace.iter().map(|step| &step.location);
        std::iter::once(&finding.location).chain(steps).any(|location| self.has(location, folder))
    }

    fn has(&self, location: &Location, folder: &Path) -> bool {
        let path = folder.join(&location.path);
        let known = self.files.get(&path);
        // git knows a file by its place, whatever links led to it.
        match known.or_else(|| self.files.get(&path.canonicalize().ok()?)) {
            None => false,
            // The lines of a notebook's cells aren't those of its file.
            Some(None) => true,
            Some(Some(runs)) => {
                location.cell.is_some()
                    || runs
                        .iter()
                        .any(|&(first, last)| first <= location.end.line && location.start.line <= last)
            }
        }
    }
}

/// The lines that `-3,2 +5,4 @@ …` adds; those around a place where some were only taken away.
fn added(header: &str) -> Option<(u32, u32)> {
    let range = header.split(' ').find_map(|part| part.strip_prefix('+'))?;
    let (start, count) = range.split_once(',').unwrap_or((range, "1"));
    let (start, count): (u32, u32) = (start.parse().ok()?, count.parse().ok()?);
    Some(if count == 0 { (start, start + 1) } else { (start, start + count - 1) })
}

/// A name as git writes it: in quotes, with escapes, where it has unusual characters.
fn unquote(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(first @ b'0'..=b'3') => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    let digit = rest.next_if(|byte| (b'0'..=b'7').contains(byte)).unwrap_or(b'0');
                    value = value * 8 + u32::from(digit - b'0');
                }
                bytes.push(value as u8);
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ask(folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    let done = Command::new("git")
        .current_dir(folder)
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=true"])
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .map_err(|error| {
            Error::new(format!("`git` could not be run: {error}")).with_hint("`--diff` needs git on the path")
        })?;
    if !done.status.success() {
        let text = String::from_utf8_lossy(&done.stderr);
        let first = text.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
        return Err(Error::new(format!("git: {first}")));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Changes, added, unquote};

    #[test]
    fn headers() {
        assert_eq!(added("-3,2 +5,4 @@ def f():"), Some((5, 8)));
        assert_eq!(added("-3 +5 @@"), Some((5, 5)));
        assert_eq!(added("-3,2 +2,0 @@"), Some((2, 3)));
        assert_eq!(added("nonsense"), None);
    }

    #[test]
    fn names() {
        assert_eq!(unquote("b/a b.py"), "b/a b.py");
        assert_eq!(unquote(r#""b/\303\244\"\\.py""#), "b/ä\"\\.py");
    }

    #[test]
    fn a_diff() {
        let mut changes = Changes::default();
        let diff = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n-x\n+y\n+z\n@@ -9,0 +11 @@\n+w\n\
                    diff --git a/b.py b/b.py\n--- a/b.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        changes.read(diff, Path::new("/p"));
        let expected = [(PathBuf::from("/p/a.py"), Some(vec![(1, 2), (11, 11)]))];
        assert_eq!(changes.files.into_iter().collect::<Vec<_>>(), expected);
    }
}
