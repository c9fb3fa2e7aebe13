//! The configuration: `vansire.toml`, or `[tool.vansire]` in `pyproject.toml`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vansire_finding::{Confidence, Severity};
use vansire_rules::bandit::{self, Form, Sections, Setting};

use crate::cache::Place;
use crate::paths::display;
use crate::settings::{Color, Format, Layer, Pattern, Preset, THREATS};
use crate::{Error, selection, suggest, text};

const OWN_FILE: &str = "vansire.toml";
const SHARED_FILE: &str = "pyproject.toml";

/// Which configuration a run uses.
#[derive(Clone, Debug)]
pub enum Origin {
    /// That of the nearest folder which has one, from this folder upwards.
    Nearest(PathBuf),
    File(PathBuf),
    None,
}

/// Finds and reads the configuration. `working_directory` only shortens paths in messages.
pub fn load(origin: &Origin, working_directory: &Path) -> Result<Layer, Error> {
    match origin {
        Origin::None => Ok(Layer::default()),
        Origin::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| Error::file("read", path, &error))?;
            let shown = display(path, working_directory);
            Ok(parse(path, &shown, &text)?.unwrap_or_default())
        }
        Origin::Nearest(folder) => {
            for folder in folder.ancestors() {
                for name in [OWN_FILE, SHARED_FILE] {
                    let path = folder.join(name);
                    let Ok(text) = std::fs::read_to_string(&path) else { continue };
                    if let Some(layer) = parse(&path, &display(&path, working_directory), &text)? {
                        return Ok(layer);
                    }
                }
            }
            Ok(Layer::default())
        }
    }
}

/// Reads a configuration file; `None` when it is a `pyproject.toml` that doesn't mention the tool.
fn parse(path: &Path, shown: &str, text: &str) -> Result<Option<Layer>, Error> {
    let file = File { shown, text, folder: path.parent().unwrap_or(Path::new("")) };
    let shared = path.file_name().is_some_and(|name| name == SHARED_FILE);
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        // Somebody else's broken file is no concern of ours.
        Err(_) if shared && !text.contains("tool.vansire") => return Ok(None),
        Err(error) => {
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            return Err(file.error(error.span().unwrap_or_default(), &message));
        }
    };
    let document = document.into_inner();
    if !shared {
        return file.layer(&document).map(Some);
    }
    let tool = document.get("tool").and_then(|tool| tool.get_ref().as_table());
    let Some(section) = tool.and_then(|tool| tool.get("vansire")) else { return Ok(None) };
    let table = file.table(section)?;
    file.layer(table).map(Some)
}

type Value<'a> = Spanned<DeValue<'a>>;

struct File<'a> {
    shown: &'a str,
    text: &'a str,
    folder: &'a Path,
}

/// Every key, for hints.
const KEYS: [&str; 29] = [
    "bandit",
    "baseline",
    "cache",
    "cache-dir",
    "color",
    "exclude",
    "exit-zero",
    "extend-exclude",
    "extend-select",
    "fix",
    "follow-imports",
    "format",
    "ignore",
    "min-confidence",
    "min-severity",
    "models",
    "output",
    "per-file-ignores",
    "preset",
    "python",
    "quiet",
    "report-unused-suppressions",
    "require-reason",
    "select",
    "statistics",
    "threads",
    "threat",
    "unsafe-fixes",
    "verbose",
];

impl File<'_> {
    fn layer(&self, table: &DeTable<'_>) -> Result<Layer, Error> {
        let mut layer = Layer::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "bandit" => layer.bandit = Some(self.bandit(value)?),
                "select" => layer.select = Some(self.selectors(value)?),
                "preset" => layer.preset = Some(self.word(value, &Preset::ALL)?),
                "extend-select" => layer.extend_select = Some(self.selectors(value)?),
                "ignore" => layer.ignore = Some(self.selectors(value)?),
                "exclude" => layer.exclude = Some(self.patterns(value)?),
                "extend-exclude" => layer.extend_exclude = Some(self.patterns(value)?),
                "min-severity" => {
                    layer.min_severity = Some(self.word(value, &Severity::ALL.map(|it| (it.as_str(), it)))?);
                }
                "min-confidence" => {
                    layer.min_confidence =
                        Some(self.word(value, &Confidence::ALL.map(|it| (it.as_str(), it)))?);
                }
                "baseline" => layer.baseline = Some(self.path(value)?),
                "threat" => {
                    let words = THREATS.map(|name| (name, name));
                    let mut threats = Vec::new();
                    for item in self.items(value)? {
                        threats.push(self.word(item, &words)?.to_owned());
                    }
                    layer.threat = Some(threats);
                }
                "threads" => layer.threads = Some(self.number(value)?),
                "models" => {
                    layer.models = Some(
                        self.items(value)?
                            .into_iter()
                            .map(|item| self.path(item))
                            .collect::<Result<_, _>>()?,
                    );
                }
                "format" => {
                    let words = [("text", Format::Text), ("json", Format::Json), ("sarif", Format::Sarif)];
                    layer.format = Some(self.word(value, &words)?);
                }
                "output" => layer.output = Some(self.path(value)?),
                "color" => {
                    let words = [("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)];
                    layer.color = Some(self.word(value, &words)?);
                }
                "exit-zero" => layer.exit_zero = Some(self.boolean(value)?),
                "per-file-ignores" => layer.per_file_ignores = Some(self.per_file_ignores(value)?),
                "require-reason" => layer.require_reason = Some(self.boolean(value)?),
                "report-unused-suppressions" => {
                    layer.report_unused_suppressions = Some(self.boolean(value)?);
                }
                "fix" => layer.fix = Some(self.boolean(value)?),
                "unsafe-fixes" => layer.unsafe_fixes = Some(self.boolean(value)?),
                "quiet" => layer.quiet = Some(self.boolean(value)?),
                "verbose" => layer.verbose = Some(self.boolean(value)?),
                "cache" => {
                    // A folder that is given as well is the place.
                    if !self.boolean(value)? {
                        layer.cache = Some(Place::None);
                    } else if layer.cache.is_none() {
                        layer.cache = Some(Place::Project);
                    }
                }
                "cache-dir" => {
                    let folder = Place::Folder(self.path(value)?);
                    if layer.cache != Some(Place::None) {
                        layer.cache = Some(folder);
                    }
                }
                "follow-imports" => layer.follow_imports = Some(self.boolean(value)?),
                "python" => layer.python = Some(self.path(value)?),
                "statistics" => layer.statistics = Some(self.boolean(value)?),
                unknown => {
                    return Err(self.error(key.span(), &format!("unknown key `{unknown}`")).with_hint(
                        suggest::hint(unknown, KEYS)
                            .unwrap_or_else(|| format!("the keys are {}", text::list(&KEYS))),
                    ));
                }
            }
        }
        Ok(layer)
    }

    fn error(&self, span: Range<usize>, message: &str) -> Error {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        Error::new(format!("{message} in {}:{line}", self.shown))
    }

    fn wrong(&self, value: &Value<'_>, wanted: &str) -> Error {
        self.error(value.span(), &format!("expected {wanted}, found {}", value.get_ref().type_str()))
    }

    fn table<'v, 'i>(&self, value: &'v Value<'i>) -> Result<&'v DeTable<'i>, Error> {
        value.get_ref().as_table().ok_or_else(|| self.wrong(value, "a table"))
    }

    fn boolean(&self, value: &Value<'_>) -> Result<bool, Error> {
        value.get_ref().as_bool().ok_or_else(|| self.wrong(value, "`true` or `false`"))
    }

    fn string<'v>(&self, value: &'v Value<'_>) -> Result<&'v str, Error> {
        value.get_ref().as_str().ok_or_else(|| self.wrong(value, "a string"))
    }

    fn number(&self, value: &Value<'_>) -> Result<usize, Error> {
        let DeValue::Integer(number) = value.get_ref() else { return Err(self.wrong(value, "a number")) };
        usize::from_str_radix(number.as_str(), number.radix())
            .map_err(|_| self.error(value.span(), "expected a number that isn't negative"))
    }

    fn path(&self, value: &Value<'_>) -> Result<PathBuf, Error> {
        Ok(self.folder.join(self.string(value)?))
    }

    /// The elements of an array; one string alone counts as an array of one.
    fn items<'v, 'i>(&self, value: &'v Value<'i>) -> Result<Vec<&'v Value<'i>>, Error> {
        match value.get_ref() {
            DeValue::Array(items) => Ok(items.iter().collect()),
            DeValue::String(_) => Ok(vec![value]),
            _ => Err(self.wrong(value, "a list of strings")),
        }
    }

    fn selectors(&self, value: &Value<'_>) -> Result<Vec<String>, Error> {
        let mut words = Vec::new();
        for item in self.items(value)? {
            let word = self.string(item)?;
            selection::selector(word)
                .map_err(|error| self.error(item.span(), &error.message).with_optional_hint(error.hint))?;
            words.push(word.to_owned());
        }
        Ok(words)
    }

    /// Settings of Bandit's tests.
    fn bandit(&self, value: &Value<'_>) -> Result<Sections, Error> {
        let unknown = |span, what: &str, name: &str, known: &[&str]| {
            self.error(span, &format!("Bandit 1.9 has no {what} `{name}`")).with_hint(
                suggest::hint(name, known.iter().copied())
                    .unwrap_or_else(|| format!("it has {}", text::list(known))),
            )
        };
        let mut sections = Sections::new();
        for (name, keys) in self.table(value)? {
            let section = name.get_ref();
            let Some(forms) = bandit::section(section) else {
                let known: Vec<&str> = bandit::SECTIONS.iter().map(|(name, _)| *name).collect();
                return Err(unknown(name.span(), "settings of a test", section, &known));
            };
            let mut settings = BTreeMap::new();
            for (key, value) in self.table(keys)? {
                let Some((_, form)) = forms.iter().find(|(one, _)| one == key.get_ref()) else {
                    let known: Vec<&str> = forms.iter().map(|(name, _)| *name).collect();
                    return Err(unknown(key.span(), "setting", key.get_ref(), &known));
                };
                let wrong = || self.wrong(value, form.describe());
                let setting = match (form, value.get_ref()) {
                    (Form::List, DeValue::Array(items)) => {
                        let items = items.iter().map(|item| self.string(item).map(str::to_owned));
                        Setting::List(items.collect::<Result<_, _>>()?)
                    }
                    (Form::Switch, DeValue::Boolean(on)) => Setting::Switch(*on),
                    (Form::Number, DeValue::Integer(number)) => {
                        let number = i64::from_str_radix(number.as_str(), number.radix());
                        Setting::Number(number.map_err(|_| wrong())?)
                    }
                    _ => return Err(wrong()),
                };
                settings.insert(key.get_ref().to_string(), setting);
            }
            sections.insert(section.to_string(), settings);
        }
        Ok(sections)
    }

    /// A table from patterns to lists of rules.
    fn per_file_ignores(&self, value: &Value<'_>) -> Result<Vec<(Pattern, Vec<String>)>, Error> {
        let mut rows = Vec::new();
        for (glob, rules) in self.table(value)? {
            let pattern = Pattern { glob: glob.get_ref().to_string(), base: self.folder.to_owned() };
            crate::exclude::check(&pattern).map_err(|error| self.error(glob.span(), &error.message))?;
            rows.push((pattern, self.selectors(rules)?));
        }
        Ok(rows)
    }

    fn patterns(&self, value: &Value<'_>) -> Result<Vec<Pattern>, Error> {
        let mut patterns = Vec::new();
        for item in self.items(value)? {
            let pattern = Pattern { glob: self.string(item)?.to_owned(), base: self.folder.to_owned() };
            crate::exclude::check(&pattern).map_err(|error| self.error(item.span(), &error.message))?;
            patterns.push(pattern);
        }
        Ok(patterns)
    }

    /// One of a few words.
    fn word<T: Copy>(&self, value: &Value<'_>, words: &[(&str, T)]) -> Result<T, Error> {
        let typed = self.string(value)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == typed) {
            return Ok(*meaning);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Err(self
            .error(value.span(), &format!("unknown value `{typed}`"))
            .with_hint(format!("it can be {}", text::list(&names).replace(" and ", " or "))))
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use vansire_finding::Severity;

    use super::{Origin, load, parse};
    use crate::settings::{Format, Preset};

    fn error(text: &str) -> (String, String) {
        let error = parse(Path::new("/p/vansire.toml"), "vansire.toml", text).unwrap_err();
        (error.message, error.hint.unwrap_or_default())
    }

    #[test]
    fn reads_every_kind_of_value() {
        let text = "min-severity = \"high\"\nformat = 'sarif'\nthreads = 2\nmodels = ['more']\n\
                    preset = \"bandit\"\nrequire-reason = true\n\
                    exclude = [\"old\"]\nthreat = [\"remote\", \"local\"]\nexit-zero = true\n\
                    [per-file-ignores]\n'tests/**' = ['B101', 'injection']\n";
        let layer = parse(Path::new("/p/vansire.toml"), "vansire.toml", text).unwrap().unwrap();
        assert_eq!(layer.min_severity, Some(Severity::High));
        assert_eq!(layer.format, Some(Format::Sarif));
        assert_eq!(layer.threads, Some(2));
        assert_eq!(layer.models, Some(vec![PathBuf::from("/p/more")]));
        assert_eq!(layer.exclude.unwrap()[0].base, Path::new("/p"));
        assert_eq!(layer.exit_zero, Some(true));
        assert_eq!((layer.preset, layer.require_reason), (Some(Preset::Bandit), Some(true)));
        let per_file = layer.per_file_ignores.unwrap();
        assert_eq!((per_file[0].0.glob.as_str(), per_file[0].1.len()), ("tests/**", 2));
    }

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        assert_eq!(
            error("# ours\nmin-severty = \"high\"\n"),
            (
                "unknown key `min-severty` in vansire.toml:2".to_owned(),
                "did you mean `min-severity`?".to_owned()
            )
        );
        assert_eq!(error("quiet = 1").0, "expected `true` or `false`, found integer in vansire.toml:1");
        assert_eq!(error("format = \"xml\"").1, "it can be `text`, `json` or `sarif`");
        assert_eq!(
            error("ignore = [\n \"no-such-rule-at-all\"]").0.split(" in ").nth(1),
            Some("vansire.toml:2")
        );
        assert!(error("quiet = \n[[").0.ends_with("in vansire.toml:1"));
        assert_eq!(
            error("[bandit.try_except_pas]\n"),
            (
                "Bandit 1.9 has no settings of a test `try_except_pas` in vansire.toml:1".to_owned(),
                "did you mean `try_except_pass`?".to_owned()
            )
        );
        assert!(
            error("[bandit.shell_injection]\nshel = []").0.starts_with("Bandit 1.9 has no setting `shel`")
        );
        assert_eq!(
            error("[bandit.try_except_pass]\ncheck_typed_exception = 1").0,
            "expected `true` or `false`, found integer in vansire.toml:2"
        );
        assert!(error("threads = -1").0.starts_with("expected a number that isn't negative"));
    }

    #[test]
    fn a_project_file_counts_only_with_our_table() {
        let path = Path::new("/p/pyproject.toml");
        assert!(parse(path, "pyproject.toml", "[project]\nname = 'x'\n").unwrap().is_none());
        assert!(parse(path, "pyproject.toml", "[project\n").unwrap().is_none());
        assert!(parse(path, "pyproject.toml", "[tool.vansire]\nquiet = tru\n").is_err());
        assert_eq!(
            parse(path, "pyproject.toml", "[tool.vansire]\nquiet = true\n").unwrap().unwrap().quiet,
            Some(true)
        );
    }

    #[test]
    fn the_nearest_file_wins() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(folder.path().join("vansire.toml"), "threads = 3").unwrap();
        std::fs::write(folder.path().join("a/pyproject.toml"), "[tool.vansire]\nthreads = 2").unwrap();
        std::fs::write(inner.join("pyproject.toml"), "[project]\nname = 'x'").unwrap();
        let threads = |from: &Path| load(&Origin::Nearest(from.to_owned()), from).unwrap().threads;
        assert_eq!(threads(&inner), Some(2));
        assert_eq!(threads(folder.path()), Some(3));
    }
}
