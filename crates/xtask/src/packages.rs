//! The packages that are scanned, and how they come here.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// A package on PyPI with its version.
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    /// For which Python the wheel is asked for.
    python: &'static str,
    /// Belongs to the set on which time and memory are measured.
    pub in_bench: bool,
}

const fn package(name: &'static str, version: &'static str, in_bench: bool) -> Package {
    Package { name, version, python: "3.14", in_bench }
}

/// All of them have wheels. An archive of sources would have to be prepared by pip, which runs the
/// package's own code.
pub const PACKAGES: &[Package] = &[
    package("django", "6.1.3", true),
    package("flask", "3.1.3", true),
    package("werkzeug", "3.1.9", true),
    package("jinja2", "3.1.6", true),
    package("requests", "2.34.2", true),
    package("sqlalchemy", "2.1.9", true),
    package("aiohttp", "3.14.5", true),
    package("celery", "5.7.0", true),
    package("scrapy", "2.19.0", true),
    package("twisted", "26.10.0", true),
    package("ansible-core", "2.21.5", true),
    package("apache-airflow-core", "3.3.2", true),
    package("homeassistant", "2026.2.3", false),
    // The last one that was put on PyPI; it is withdrawn, but whoever names it gets it.
    Package { name: "sentry", version: "23.7.1", python: "3.8", in_bench: false },
];

/// More, for the comparison with other tools.
pub const PARITY: &[Package] = &[
    package("mlflow", "3.18.0", false),
    package("octoprint", "1.11.8", false),
    package("calibreweb", "0.6.27", false),
    package("pyload-ng", "0.5.0b3.dev101", false),
];

impl Package {
    /// Downloads and unpacks the package, unless it is there. Nothing of it is run.
    pub fn fetch(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let target = folder.join(format!("{}-{}", self.name, self.version));
        if target.is_dir() {
            return Ok(target);
        }
        println!("downloading {} {}", self.name, self.version);
        let wheels = folder.join("wheels").join(self.name);
        std::fs::create_dir_all(&wheels)?;
        let done = Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary", ":all:", "--python-version", self.python, "--dest"])
            .arg(&wheels)
            .arg(format!("{}=={}", self.name, self.version))
            .status()
            .context("`python3 -m pip` could not be run")?;
        if !done.success() {
            bail!("pip could not download {} {}", self.name, self.version);
        }
        let wheel = std::fs::read_dir(&wheels)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.ends_with(".whl") && name.contains(&format!("-{}-", self.version))
            })
            .with_context(|| format!("no wheel of {} was downloaded", self.name))?;
        // Unpacked beside its place, so that an interrupted run leaves nothing that looks complete.
        let unfinished = target.with_extension("unfinished");
        let _ = std::fs::remove_dir_all(&unfinished);
        let done =
            Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unfinished).status()?;
        if !done.success() {
            bail!("{} could not be unpacked", wheel.display());
        }
        std::fs::rename(&unfinished, &target)?;
        Ok(target)
    }
}

/// Files and lines of Python in a folder.
pub fn count(folder: &Path) -> anyhow::Result<(usize, usize)> {
    let mut counts = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            let (files, lines) = count(&path)?;
            counts = (counts.0 + files, counts.1 + lines);
        } else if path.extension().is_some_and(|extension| extension == "py" || extension == "pyi") {
            let bytes = std::fs::read(&path)?;
            counts.0 += 1;
            counts.1 += bytes.split(|&byte| byte == b'\n').count() - 1;
        }
    }
    Ok(counts)
}
