//! Writing files whole or not at all: beside their place, then renamed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The files that are being written. An interrupted program removes them.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Replaces a file by this content.
pub fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let content = content.as_ref();
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // A device or a pipe (`/dev/stdout`) has to be written to as it is.
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(content);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".vansire-").suffix(".tmp").tempfile_in(folder)?;
    let temporary = file.path().to_owned();
    unfinished(|paths| paths.push(temporary.clone()));
    let done = file
        .write_all(content)
        .and_then(|()| set_permissions(file.as_file(), path))
        .and_then(|()| file.persist(path).map(drop).map_err(|error| error.error));
    unfinished(|paths| paths.retain(|other| *other != temporary));
    done
}

/// A temporary file is private; what replaces a file gets its permissions, and a new file those
/// that any new file gets.
#[cfg(unix)]
fn set_permissions(file: &std::fs::File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    /// Readable by all: a report holds nothing that the code it is about doesn't.
    const ORDINARY: u32 = 0o644;
    let permissions = match path.metadata() {
        Ok(metadata) => metadata.permissions(),
        Err(_) => std::fs::Permissions::from_mode(ORDINARY),
    };
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
fn set_permissions(_: &std::fs::File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes what has been written in part. For the end of an interrupted program.
pub fn remove_unfinished() {
    unfinished(|paths| {
        for path in paths.drain(..) {
            // Nothing can be done about one that stays.
            let _ = std::fs::remove_file(path);
        }
    });
}

fn unfinished(action: impl FnOnce(&mut Vec<PathBuf>)) {
    action(&mut UNFINISHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
}

#[cfg(test)]
mod tests {
    #[test]
    fn replaces_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        super::replace(&path, "one").unwrap();
        super::replace(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(super::replace(&folder.path().join("no/such/folder"), "x").is_err());
        let error = super::replace(folder.path(), "x").unwrap_err();
        assert_eq!(error.to_string(), "is a directory");
    }
}
