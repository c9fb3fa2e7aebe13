//! The models of a run: the built-in ones, the project's own, and those that were named.

use std::path::{Path, PathBuf};

use crate::paths::display;
use crate::{Error, Settings};

/// Where a project keeps its own models.
const PROJECT_FOLDER: &str = ".vansire/models";

/// A model of the user's: its path as shown, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserModel {
    pub path: String,
    pub text: String,
}

/// Reads the user's models: from `.vansire/models` below the roots (where the settings allow it),
/// then those that were named.
pub fn read(settings: &Settings, roots: &[PathBuf]) -> Result<Vec<UserModel>, Error> {
    let mut paths = Vec::new();
    if settings.project_models {
        for root in roots {
            let folder = root.join(PROJECT_FOLDER);
            if folder.is_dir() {
                paths.extend(models_in(&folder)?);
            }
        }
    }
    for path in &settings.models {
        let path = settings.working_directory.join(path);
        if path.is_dir() {
            paths.extend(models_in(&path)?);
        } else {
            paths.push(path);
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    let read = |path: PathBuf| {
        let text =
            std::fs::read_to_string(&path).map_err(|error| Error::file("read the model", &path, &error))?;
        Ok(UserModel { path: display(&path, &settings.working_directory), text })
    };
    paths.into_iter().map(read).collect()
}

fn models_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| Error::file("read the models in", folder, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    Ok(paths)
}
