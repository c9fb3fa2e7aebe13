//! Lists what is in `models/`, so that a new model needs no other edit.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=models");
    // The paths that are written name this checkout.
    println!("cargo::rerun-if-env-changed=CARGO_MANIFEST_DIR");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("models");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        if let Some(name) = entry?.file_name().to_str() {
            names.push(name.to_owned());
        }
    }
    names.sort();
    let mut text = String::new();
    for (constant, ending) in [("MODELS", ".toml"), ("MODEL_PAGES", ".md")] {
        let _ = writeln!(text, "static {constant}: &[(&str, &str)] = &[");
        for name in names.iter().filter(|name| name.ends_with(ending)) {
            let path = folder.join(name);
            let _ = writeln!(text, "    ({name:?}, include_str!({:?})),", path.display().to_string());
        }
        let _ = writeln!(text, "];");
    }
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("models.rs"), text)
}
