//! Reads, parses and lowers every Python file below some folders, and drops the result: the floor
//! under the time of a scan. `cargo xtask bench` measures it.

use std::path::Path;

use vansire_python::{SourceFile, lower, with_large_stack};

fn main() {
    with_large_stack(|| {
        for folder in std::env::args_os().skip(1) {
            read(Path::new(&folder));
        }
    });
}

fn read(path: &Path) {
    if let Ok(entries) = std::fs::read_dir(path) {
        for entry in entries.flatten() {
            read(&entry.path());
        }
    } else if path.extension().is_some_and(|extension| extension == "py" || extension == "pyi")
        && let Ok(bytes) = std::fs::read(path)
    {
        let (source, _) = SourceFile::from_bytes(path.to_string_lossy(), &bytes);
        std::hint::black_box(lower(&source));
    }
}
