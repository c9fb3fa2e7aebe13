//! Paths as they are shown and compared.

use std::path::{Component, Path, PathBuf};

/// An absolute path without `.` and `..`, made from what was typed. Links aren't followed.
pub fn absolute(path: &Path, working_directory: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in working_directory.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// A path as people and reports see it: relative to the working directory when it lies below,
/// else absolute; with `/` between its parts on any platform.
pub fn display(path: &Path, working_directory: &Path) -> String {
    match path.strip_prefix(working_directory) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
        Ok(relative) => with_slashes(relative),
        Err(_) => with_slashes(path),
    }
}

/// The path of a file below a folder, with `/` between its parts; the whole path when it isn't.
pub fn relative(path: &Path, folder: &Path) -> String {
    with_slashes(path.strip_prefix(folder).unwrap_or(path))
}

fn with_slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The nearest folder that holds all paths.
pub fn common_folder(paths: &[PathBuf]) -> PathBuf {
    let mut folders =
        paths.iter().map(|path| if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) });
    let mut root = folders.next().unwrap_or(Path::new("/")).to_owned();
    for folder in folders {
        while !folder.starts_with(&root) {
            if !root.pop() {
                break;
            }
        }
    }
    root
}

/// The folder that everything under analysis lies in, and from which modules are named: the
/// nearest one that holds all paths and isn't itself inside a package.
pub fn analysis_root(paths: &[PathBuf]) -> PathBuf {
    let mut root = common_folder(paths);
    while root.join("__init__.py").is_file() && root.parent().is_some() {
        root.pop();
    }
    root
}

/// What marks the folder of a project.
const PROJECT_MARKS: [&str; 6] =
    ["vansire.toml", ".vansire", "pyproject.toml", "setup.py", "setup.cfg", ".git"];

/// The folder of the project that a folder belongs to: fingerprints count from here, so that they
/// are the same wherever the scan starts.
pub fn project_root(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .find(|ancestor| PROJECT_MARKS.iter().any(|name| ancestor.join(name).exists()))
        .unwrap_or(folder)
        .to_owned()
}

/// Whether a path, with `/` between its parts, is that of test code.
pub fn is_test_code(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".py").or_else(|| name.strip_suffix(".pyi")).unwrap_or(name);
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || matches!(stem, "conftest" | "tests" | "test")
        || folders.split('/').any(|folder| {
            matches!(folder, "tests" | "test" | "testing" | "testutils" | "test_utils" | "testsuite")
        })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{absolute, analysis_root, display, project_root};

    #[test]
    fn paths_are_relative_below_the_working_directory_only() {
        let here = Path::new("/home/me/project");
        let shown = |typed: &str| display(&absolute(Path::new(typed), here), here);
        assert_eq!(shown("a.py"), "a.py");
        assert_eq!(shown("./pkg/../pkg/a.py"), "pkg/a.py");
        assert_eq!(shown("/home/me/project/pkg/a.py"), "pkg/a.py");
        assert_eq!(shown("../other/a.py"), "/home/me/other/a.py");
        assert_eq!(shown("."), ".");
    }

    #[test]
    fn roots() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("src/package/sub");
        std::fs::create_dir_all(&inner).unwrap();
        for path in ["src/package/__init__.py", "src/package/sub/__init__.py", "pyproject.toml"] {
            std::fs::write(folder.path().join(path), "").unwrap();
        }
        assert_eq!(analysis_root(std::slice::from_ref(&inner)), folder.path().join("src"));
        assert_eq!(analysis_root(&[inner.clone(), folder.path().join("pyproject.toml")]), folder.path());
        assert_eq!(project_root(&inner), folder.path());
        assert_eq!(
            analysis_root(&[PathBuf::from("/nowhere/a"), PathBuf::from("/nowhere/b")]),
            Path::new("/nowhere")
        );
    }
}
