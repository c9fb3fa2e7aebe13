//! The secret that tells our entries from a stranger's.

use std::io::Read;
use std::path::{Path, PathBuf};

const LENGTH: usize = blake3::KEY_LEN;

/// The user's own, in the user's folder for caches; made when there is none yet.
pub fn of_user() -> Option<[u8; LENGTH]> {
    let folder = user_folder()?.join("vansire");
    std::fs::create_dir_all(&folder).ok()?;
    of_folder(&folder)
}

/// The one of a folder.
pub fn of_folder(folder: &Path) -> Option<[u8; LENGTH]> {
    let path = folder.join("cache-key");
    if let Some(secret) = read(&path) {
        return Some(secret);
    }
    let mut secret = [0; LENGTH];
    getrandom::fill(&mut secret).ok()?;
    // Readable by its owner only. Where two runs come at once, the first one's stays.
    let mut file = tempfile::Builder::new().prefix(".cache-key").tempfile_in(folder).ok()?;
    std::io::Write::write_all(&mut file, &secret).ok()?;
    match file.persist_noclobber(&path) {
        Ok(_) => Some(secret),
        Err(_) => read(&path),
    }
}

fn read(path: &Path) -> Option<[u8; LENGTH]> {
    let mut secret = [0; LENGTH];
    let mut file = std::fs::File::open(path).ok()?;
    file.read_exact(&mut secret).ok()?;
    Some(secret)
}

fn user_folder() -> Option<PathBuf> {
    let variable = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    if cfg!(windows) {
        return variable("LOCALAPPDATA");
    }
    if let Some(folder) = variable("XDG_CACHE_HOME") {
        return Some(folder);
    }
    let home = variable("HOME")?;
    Some(if cfg!(target_os = "macos") { home.join("Library/Caches") } else { home.join(".cache") })
}
