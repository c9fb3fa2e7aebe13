//! What is left out of a walk.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::Error;
use crate::settings::Pattern;

/// Folders that hold no code of the project's own: version control, caches, other people's packages.
pub const DEFAULT_FOLDERS: [&str; 25] = [
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pixi",
    ".pyenv",
    ".pyre",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".vansire_cache",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "bower_components",
    "buck-out",
    "dist-packages",
    "node_modules",
];

/// Where packages are installed.
const PACKAGES: &str = "site-packages";

/// What a build leaves beside a project's file, unless it is a package of that name.
const BUILD_FOLDERS: [&str; 3] = ["_build", "build", "dist"];

const BUILD_FILES: [&str; 3] = ["pyproject.toml", "setup.cfg", "setup.py"];

/// Decides what a walk leaves out.
#[derive(Debug)]
pub struct Exclude {
    defaults: bool,
    names: GlobSet,
    paths: GlobSet,
}

impl Exclude {
    /// `exclude` stands in place of the defaults.
    pub fn new(exclude: Option<&[Pattern]>, extend: &[Pattern]) -> Result<Self, Error> {
        let mut names = GlobSetBuilder::new();
        let mut paths = GlobSetBuilder::new();
        for pattern in exclude.unwrap_or_default().iter().chain(extend) {
            let (glob, by_name) = compile(pattern)?;
            if by_name { &mut names } else { &mut paths }.add(glob);
        }
        let build = |builder: GlobSetBuilder| builder.build().map_err(|error| Error::new(error.to_string()));
        Ok(Self { defaults: exclude.is_none(), names: build(names)?, paths: build(paths)? })
    }

    /// Whether the patterns leave this path out.
    pub fn by_pattern(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.names.is_match(Path::new(name))) || self.paths.is_match(path)
    }

    /// Whether this folder is left out by what it is.
    pub fn by_nature(&self, folder: &Path, packages_are_meant: bool) -> bool {
        if !self.defaults {
            return false;
        }
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return false };
        DEFAULT_FOLDERS.contains(&name)
            || (!packages_are_meant && name == PACKAGES)
            || (!packages_are_meant && is_environment(folder))
            || (BUILD_FOLDERS.contains(&name) && is_build(folder))
    }
}

/// Whether a folder is, or lies in, somewhere that packages are installed: somebody who names it
/// wants to see inside. The working directory may itself be an environment with the project in it,
/// which says nothing.
pub fn is_about_packages(folder: &Path, working_directory: &Path) -> bool {
    folder.ancestors().any(|ancestor| ancestor.file_name().is_some_and(|name| name == PACKAGES))
        || folder.ancestors().take_while(|ancestor| *ancestor != working_directory).any(is_environment)
}

/// A virtual environment, whatever it is called.
fn is_environment(folder: &Path) -> bool {
    ["pyvenv.cfg", "conda-meta", "bin/activate", "Scripts/activate", "Scripts/activate.bat"]
        .iter()
        .any(|name| folder.join(name).exists())
}

fn is_build(folder: &Path) -> bool {
    let Some(project) = folder.parent() else { return false };
    !folder.join("__init__.py").exists() && BUILD_FILES.iter().any(|name| project.join(name).exists())
}

/// Says whether a pattern is valid.
pub fn check(pattern: &Pattern) -> Result<(), Error> {
    compile(pattern).map(drop)
}

/// A pattern without a slash is compared with the names of files and folders, another one with
/// their whole paths.
fn compile(pattern: &Pattern) -> Result<(globset::Glob, bool), Error> {
    let text = pattern.glob.trim_end_matches('/');
    let by_name = !text.contains('/');
    let whole = if by_name {
        text.to_owned()
    } else {
        let base = globset::escape(&pattern.base.to_string_lossy().replace('\\', "/"));
        let relative = text.trim_start_matches("./");
        if relative.starts_with('/') {
            relative.to_owned()
        } else {
            format!("{}/{relative}", base.trim_end_matches('/'))
        }
    };
    let glob = GlobBuilder::new(&whole).literal_separator(true).build().map_err(|error| {
        Error::new(format!("`{}` is not a valid pattern: {}", pattern.glob, error.kind()))
    })?;
    Ok((glob, by_name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Exclude;
    use crate::settings::Pattern;

    #[test]
    fn names_and_paths() {
        let pattern = |glob: &str| Pattern { glob: glob.to_owned(), base: "/home/me/a[1]".into() };
        let exclude =
            Exclude::new(None, &[pattern("*_test.py"), pattern("docs/"), pattern("./legacy/**/old")])
                .unwrap();
        for path in ["/x/a_test.py", "/x/docs", "/home/me/a[1]/legacy/b/old"] {
            assert!(exclude.by_pattern(Path::new(path)), "{path}");
        }
        for path in ["/x/test.py", "/x/docs2", "/home/me/a1/legacy/b/old", "/legacy/b/old"] {
            assert!(!exclude.by_pattern(Path::new(path)), "{path}");
        }
        assert!(Exclude::new(None, &[pattern("a[")]).is_err());
    }
}
