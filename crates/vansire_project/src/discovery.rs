//! Finding the files of a run: Python files, notebooks, scripts, templates, configuration files.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::{DirEntry, WalkBuilder};
use vansire_finding::Problem;

use crate::error::describe;
use crate::exclude::{Exclude, is_about_packages};
use crate::{Error, Preset, bandit, paths};

/// Larger files are reported and not analysed, in bytes. The largest file of a person's making in
/// the packages that we measure has 1.5 MB; what is larger is data.
pub const MAX_FILE_SIZE: u64 = 20 * 1024 * 1024;

/// How much of a file without an extension is read to see whether it is a Python script.
const SHEBANG_LENGTH: usize = 128;

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputFile {
    /// Relative to the root of the analysis, with `/` between its parts: what the analysis calls it.
    pub name: String,
    /// What people see.
    pub shown: String,
    pub path: PathBuf,
}

/// Everything that was found, in order of the names.
#[derive(Debug, Default)]
pub struct Discovered {
    pub python: Vec<InputFile>,
    pub templates: Vec<InputFile>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Python,
    Template,
}

/// Walks the paths, which are absolute. Paths that were named are taken whatever they are called
/// and wherever they lie.
pub fn discover(
    roots: &[PathBuf],
    analysis_root: &Path,
    working_directory: &Path,
    exclude: Exclude,
    preset: Preset,
) -> Result<Discovered, Error> {
    let exclude = Arc::new(exclude);
    let mut found = BTreeMap::<PathBuf, Kind>::new();
    let mut problems = Vec::new();
    for root in roots {
        let shown = paths::display(root, working_directory);
        let metadata = std::fs::metadata(root).map_err(|error| missing(&shown, root, &error))?;
        if metadata.is_dir() {
            walk(root, &exclude, preset, working_directory, &mut found, &mut problems);
        } else if metadata.is_file() {
            // A template that was named is a template; anything else that was named is Python.
            let kind = kind_by_name(root).unwrap_or(Kind::Python);
            if fits(root, metadata.len(), working_directory, &mut problems) {
                found.insert(root.clone(), kind);
            }
        } else {
            return Err(Error::new(format!("`{shown}` is neither a file nor a folder")));
        }
    }
    let mut discovered = Discovered::default();
    for (path, kind) in found {
        let list = match kind {
            Kind::Python => &mut discovered.python,
            Kind::Template => &mut discovered.templates,
        };
        list.push(InputFile {
            name: paths::relative(&path, analysis_root),
            shown: paths::display(&path, working_directory),
            path,
        });
    }
    // The order of paths differs between platforms, that of their names doesn't.
    discovered.python.sort();
    discovered.templates.sort();
    discovered.problems = problems;
    Ok(discovered)
}

fn missing(shown: &str, path: &Path, error: &std::io::Error) -> Error {
    if error.kind() != std::io::ErrorKind::NotFound {
        return Error::new(format!("could not read `{shown}`: {}", describe(error)));
    }
    if path.symlink_metadata().is_ok() {
        return Error::new(format!("`{shown}` is a link to something that does not exist"));
    }
    let siblings: Vec<String> = path
        .parent()
        .and_then(|folder| std::fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut siblings: Vec<&str> = siblings.iter().map(String::as_str).collect();
    siblings.sort_unstable();
    let hint = crate::suggest::hint(&name, siblings)
        .unwrap_or_else(|| "paths are relative to the working directory".to_owned());
    Error::new(format!("`{shown}` does not exist")).with_hint(hint)
}

fn walk(
    root: &Path,
    exclude: &Arc<Exclude>,
    preset: Preset,
    working_directory: &Path,
    found: &mut BTreeMap<PathBuf, Kind>,
    problems: &mut Vec<Problem>,
) {
    let packages_are_meant = is_about_packages(root, working_directory);
    let filter = Arc::clone(exclude);
    let as_bandit = preset == Preset::Bandit;
    let entries = WalkBuilder::new(root)
        .hidden(false)
        .follow_links(false)
        // An unpacked archive has no repository, and its `.gitignore` means the same.
        .require_git(false)
        // Bandit knows nothing of what is ignored.
        .ignore(!as_bandit)
        .parents(!as_bandit)
        .git_ignore(!as_bandit)
        .git_exclude(!as_bandit)
        // What is ignored on one person's machine must not change the findings on another's.
        .git_global(false)
        .filter_entry(move |entry| {
            entry.depth() == 0
                || if as_bandit {
                    !filter.by_pattern(entry.path())
                } else {
                    is_wanted(entry, &filter, packages_are_meant)
                }
        })
        .build();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                problems.push(problem_of_walk(&error, root, working_directory));
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        if as_bandit && !bandit::would_scan(path.strip_prefix(root).unwrap_or(path)) {
            continue;
        }
        let kind = kind_by_name(path).or_else(|| is_python_script(path).then_some(Kind::Python));
        let Some(kind) = kind else { continue };
        let size = entry.metadata().map_or(0, |metadata| metadata.len());
        if fits(path, size, working_directory, problems) {
            found.entry(path.to_owned()).or_insert(kind);
        }
    }
}

fn is_wanted(entry: &DirEntry, exclude: &Exclude, packages_are_meant: bool) -> bool {
    let path = entry.path();
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    let is_excluded = exclude.by_pattern(path) || (is_folder && exclude.by_nature(path, packages_are_meant));
    !is_excluded
}

fn fits(path: &Path, size: u64, working_directory: &Path, problems: &mut Vec<Problem>) -> bool {
    if size <= MAX_FILE_SIZE {
        return true;
    }
    problems.push(Problem {
        path: paths::display(path, working_directory),
        line: None,
        message: format!(
            "not analysed: it has {} MB, more than the limit of {} MB",
            size / (1024 * 1024),
            MAX_FILE_SIZE / (1024 * 1024)
        ),
    });
    false
}

fn problem_of_walk(error: &ignore::Error, root: &Path, working_directory: &Path) -> Problem {
    let path = path_of(error).unwrap_or(root);
    let message = match error.io_error() {
        // The walk wraps the system's error in one that repeats the path.
        Some(error) => match error.raw_os_error() {
            Some(code) => describe(&std::io::Error::from_raw_os_error(code)),
            None => describe(&std::io::Error::from(error.kind())),
        },
        None => error.to_string(),
    };
    let message = format!("could not be read: {message}");
    Problem { path: paths::display(path, working_directory), line: None, message }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

fn kind_by_name(path: &Path) -> Option<Kind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "py" | "pyi" | "pyw" | "ipynb" => Some(Kind::Python),
        "html" | "htm" | "jinja" | "jinja2" | "j2" | "mako" => Some(Kind::Template),
        // Configuration that the code may read: other text that is looked up by its name.
        "ini" | "cfg" => Some(Kind::Template),
        // Mails and feeds; elsewhere these extensions say nothing.
        "txt" | "xml" if path.components().any(|part| part.as_os_str() == OsStr::new("templates")) => {
            Some(Kind::Template)
        }
        _ => None,
    }
}

/// Whether a file without an extension begins with `#!` and a Python.
fn is_python_script(path: &Path) -> bool {
    if path.extension().is_some() {
        return false;
    }
    let mut start = Vec::with_capacity(SHEBANG_LENGTH);
    let Ok(file) = std::fs::File::open(path) else { return false };
    if file.take(SHEBANG_LENGTH as u64).read_to_end(&mut start).is_err() {
        return false;
    }
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let Some(command) = line.strip_prefix(b"#!") else { return false };
    let command = String::from_utf8_lossy(command);
    let mut words = command.split_whitespace();
    let is_python = |word: &str| {
        let program = word.rsplit('/').next().unwrap_or(word);
        program.starts_with("python") || program.starts_with("pypy")
    };
    words.any(is_python) || (command.contains("uv ") && command.contains("--script"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Discovered, MAX_FILE_SIZE, discover};
    use crate::Preset;
    use crate::exclude::Exclude;

    fn make(folder: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn found(folder: &Path, paths: &[&str]) -> Discovered {
        let roots: Vec<PathBuf> =
            paths.iter().map(|path| crate::paths::absolute(Path::new(path), folder)).collect();
        discover(&roots, folder, folder, Exclude::new(None, &[]).unwrap(), Preset::Default).unwrap()
    }

    fn names(folder: &Path, paths: &[&str]) -> Vec<String> {
        found(folder, paths).python.into_iter().map(|file| file.shown).collect()
    }

    #[test]
    fn takes_python_and_leaves_out_what_is_not_the_projects_own() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        make(
            folder,
            &[
                ("a.py", ""),
                ("b.pyi", ""),
                ("c.ipynb", "{}"),
                ("scripts/run", "#!/usr/bin/env python3\n"),
                ("scripts/shell", "#!/bin/sh\n"),
                ("scripts/data", "python"),
                (".hidden/d.py", ""),
                ("env/pyvenv.cfg", ""),
                ("env/lib/e.py", ""),
                ("other/bin/activate", ""),
                ("other/f.py", ""),
                ("x/site-packages/g.py", ""),
                ("node_modules/h.py", ""),
                ("build/lib/a.py", ""),
                ("pkg/build/i.py", ""),
                ("pyproject.toml", ""),
                ("__pycache__/j.py", ""),
                (".gitignore", "ignored/\n"),
                ("ignored/k.py", ""),
            ],
        );
        assert_eq!(
            names(folder, &["."]),
            [".hidden/d.py", "a.py", "b.pyi", "c.ipynb", "pkg/build/i.py", "scripts/run"]
        );
        assert_eq!(names(folder, &["env"]), ["env/lib/e.py"]);
        assert_eq!(
            names(folder, &["x/site-packages", "node_modules"]),
            ["node_modules/h.py", "x/site-packages/g.py"]
        );
        assert_eq!(names(folder, &["ignored/k.py", "scripts/data"]), ["ignored/k.py", "scripts/data"]);
        assert_eq!(names(folder, &["a.py", "./a.py", "."]).iter().filter(|name| *name == "a.py").count(), 1);
    }

    #[test]
    fn templates() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        make(
            folder,
            &[
                ("a.html", ""),
                ("app/templates/mail.txt", ""),
                ("notes.txt", ""),
                ("t/x.conf.j2", ""),
                ("feed.xml", ""),
                ("settings.ini", ""),
            ],
        );
        let templates: Vec<String> =
            found(folder, &["."]).templates.into_iter().map(|file| file.name).collect();
        assert_eq!(templates, ["a.html", "app/templates/mail.txt", "settings.ini", "t/x.conf.j2"]);
    }

    #[test]
    fn large_files_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::File::create(folder.join("large.py")).unwrap().set_len(MAX_FILE_SIZE + 1).unwrap();
        let discovered = found(folder, &["."]);
        assert!(discovered.python.is_empty());
        assert_eq!(discovered.problems[0].path, "large.py");
        assert!(discovered.problems[0].message.contains("limit of 20 MB"));
    }

    #[test]
    fn missing_paths_are_errors_with_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        make(folder, &[("views.py", "")]);
        let exclude = Exclude::new(None, &[]).unwrap();
        let error =
            discover(&[folder.join("veiws.py")], folder, folder, exclude, Preset::Default).unwrap_err();
        assert_eq!(error.message, "`veiws.py` does not exist");
        assert_eq!(error.hint.as_deref(), Some("did you mean `views.py`?"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_unless_named() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        make(folder, &[("pkg/a.py", "")]);
        std::os::unix::fs::symlink("..", folder.join("pkg/loop")).unwrap();
        std::os::unix::fs::symlink("pkg", folder.join("link")).unwrap();
        std::os::unix::fs::symlink("nowhere.py", folder.join("dangling.py")).unwrap();
        assert_eq!(names(folder, &["."]), ["pkg/a.py"]);
        assert_eq!(names(folder, &["link"]), ["link/a.py"]);
        let dangling = [folder.join("dangling.py")];
        let exclude = Exclude::new(None, &[]).unwrap();
        let error = discover(&dangling, folder, folder, exclude, Preset::Default).unwrap_err();
        assert_eq!(error.message, "`dangling.py` is a link to something that does not exist");
    }

    #[test]
    fn errors_of_the_walk_name_the_path_once() {
        let folder = Path::new("/project");
        let error = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let wrapped = ignore::Error::WithPath {
            path: folder.join("closed"),
            err: Box::new(ignore::Error::Io(std::io::Error::new(
                error.kind(),
                "IO error for operation on /project/closed: Permission denied",
            ))),
        };
        let problem = super::problem_of_walk(&wrapped, folder, folder);
        assert_eq!(problem.path, "closed");
        assert_eq!(problem.message, "could not be read: permission denied");
    }
}
