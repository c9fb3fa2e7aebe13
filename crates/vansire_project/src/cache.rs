//! What earlier runs found, kept by the content of everything that it depends on.
//!
//! An entry is found by a hash over the tool itself, the options of the analysis, the models and every file: the
//! slightest difference gives another name, so that nothing has to be invalidated. The folder may come from a stranger
//! (it lies in the project): entries carry a code made with a secret that doesn't lie there, and one that doesn't
//! match, is damaged or comes from another version counts as missing.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use vansire_finding::Problem;
use vansire_flow::Analysis;

use crate::follow::Imports;

mod entry;
mod secret;

use entry::Entry;

/// The name of the folder in the root of the project.
pub const FOLDER: &str = ".vansire_cache";

/// What the files of the last run import, by the hash of their content: which modules of installed packages belong to
/// an analysis is found out without parsing again.
const TABLE: &str = "imports.table";

/// What each content imports.
pub type ImportTable = BTreeMap<[u8; blake3::OUT_LEN], Imports>;

/// So many entries are kept for a project; the oldest go first. A large tree has one for each of its parts.
const MAXIMUM_ENTRIES: usize = 200;

/// The length of the code at the beginning of an entry.
const CODE: usize = blake3::OUT_LEN;

/// Whether and where results are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// [`FOLDER`] in the root of the project.
    #[default]
    Project,
    /// A folder of the user's choice, trusted with its own secret.
    Folder(PathBuf),
    /// Nothing is kept, and nothing is looked up.
    None,
}

/// An open cache.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    secret: [u8; blake3::KEY_LEN],
}

/// What an entry depends on, fed piece by piece.
pub struct KeyBuilder(blake3::Hasher);

/// The name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Default for KeyBuilder {
    fn default() -> Self {
        Self(blake3::Hasher::new())
    }
}

impl KeyBuilder {
    /// Adds a piece; where one ends and the next begins is part of the key.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(&(piece.len() as u64).to_le_bytes());
        self.0.update(piece);
    }

    pub fn finish(self) -> Key {
        Key(self.0.finalize().to_hex().to_string())
    }
}

fn table_key(version: &str) -> Key {
    let mut key = KeyBuilder::default();
    key.add(b"imports");
    key.add(identity(version).as_bytes());
    key.finish()
}

/// The hash of a file's content, as it goes into a key.
pub fn hash(content: &[u8]) -> [u8; 32] {
    *blake3::hash(content).as_bytes()
}

/// What the tool itself is: its version, and the file that is running, so that two builds of one version are told
/// apart.
pub fn identity(version: &str) -> String {
    let built = std::env::current_exe().and_then(|path| path.metadata()).and_then(|metadata| {
        let time = metadata.modified()?;
        let time = time.duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
        Ok(format!("{} {}", metadata.len(), time.as_nanos()))
    });
    format!("{version} {}", built.unwrap_or_default())
}

impl Cache {
    /// None where there is no place for one: nothing depends on it.
    pub fn open(place: &Place, project_root: &Path) -> Option<Self> {
        let (folder, secret) = match place {
            Place::None => return None,
            Place::Project => {
                let secret = secret::of_user()?;
                (project_root.join(FOLDER), secret)
            }
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder).ok()?;
                (folder.clone(), secret::of_folder(folder)?)
            }
        };
        Some(Self { folder, secret })
    }

    /// What was found before, if it was and can be trusted.
    pub fn load(&self, key: &Key) -> Option<(Analysis, Vec<Problem>)> {
        self.read_entry::<Entry>(key)?.restore()
    }

    /// Keeps what was found. Where that fails (a full or read-only disk) the next run does the work again.
    pub fn store(&self, key: &Key, analysis: &Analysis, problems: &[Problem]) -> io::Result<()> {
        self.write_entry(key, &Entry::new(analysis, problems))
    }

    /// What is kept under a key, if it can be trusted.
    pub fn read_entry<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        let path = self.path(key);
        let found = postcard::from_bytes(&self.read(&path, key)?).ok()?;
        // The clean-up goes by age.
        if let Ok(file) = std::fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(std::time::SystemTime::now());
        }
        Some(found)
    }

    pub fn write_entry(&self, key: &Key, entry: &impl Serialize) -> io::Result<()> {
        let payload = postcard::to_stdvec(entry).map_err(io::Error::other)?;
        self.write(&self.path(key), key, &payload)?;
        self.clean_up();
        Ok(())
    }

    /// What the files of an earlier run import, as this version of the tool sees it.
    pub fn load_imports(&self, version: &str) -> Option<ImportTable> {
        let payload = self.read(&self.folder.join(TABLE), &table_key(version))?;
        postcard::from_bytes(&payload).ok()
    }

    pub fn store_imports(&self, version: &str, table: &ImportTable) -> io::Result<()> {
        let payload = postcard::to_stdvec(table).map_err(io::Error::other)?;
        self.write(&self.folder.join(TABLE), &table_key(version), &payload)
    }

    /// The content of a file that can be trusted.
    fn read(&self, path: &Path, key: &Key) -> Option<Vec<u8>> {
        let content = std::fs::read(path).ok()?;
        let (code, payload) = content.split_at_checked(CODE)?;
        let wanted = self.code(key, payload);
        // The comparison of `blake3::Hash` takes the same time wherever they differ.
        (wanted == blake3::Hash::from_bytes(code.try_into().ok()?)).then(|| payload.to_vec())
    }

    fn write(&self, path: &Path, key: &Key, payload: &[u8]) -> io::Result<()> {
        let mut content = self.code(key, payload).as_bytes().to_vec();
        content.extend(payload);
        self.prepare()?;
        crate::write::replace(path, &content)
    }

    /// The code covers the name as well: an entry can't be put in another one's place.
    fn code(&self, key: &Key, payload: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(key.0.as_bytes());
        hasher.update(payload);
        hasher.finalize()
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.found", key.0))
    }

    /// Version control and backups leave the folder alone.
    fn prepare(&self) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let marks = [
            (".gitignore", "# Made by vansire.\n*\n"),
            ("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# Made by vansire.\n"),
        ];
        for (name, text) in marks {
            let path = self.folder.join(name);
            if !path.exists() {
                crate::write::replace(&path, text)?;
            }
        }
        Ok(())
    }

    fn clean_up(&self) {
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return };
        let mut entries: BTreeSet<(std::time::SystemTime, PathBuf)> = BTreeSet::new();
        for entry in folder.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "found")
                && let Ok(time) = entry.metadata().and_then(|metadata| metadata.modified())
            {
                entries.insert((time, path));
            }
        }
        let surplus = entries.len().saturating_sub(MAXIMUM_ENTRIES);
        for (_, path) in entries.into_iter().take(surplus) {
            // Another run may have been faster.
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests;
