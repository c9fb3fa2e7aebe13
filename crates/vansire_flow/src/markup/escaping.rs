//! What becomes of the values of an output expression: filters, and escaping.

use super::Engine;
use super::expression::{Argument, Expression};
use crate::text::{CharSet, KindSet, SinkKind};

const WORD: CharSet = CharSet::LETTERS.union(CharSet::DIGITS).union(CharSet::of("_"));
/// What percent-encoding leaves; the slash is left, too.
const URL_QUOTED: CharSet = WORD.union(CharSet::of(".-~%/+"));
/// What escaping for HTML takes away. The ampersand comes back with the entities.
const HTML_SPECIAL: CharSet = CharSet::of("<>\"'");
const ENTITY: CharSet = CharSet::of("&#;ltgquoamp0123456789");
/// What Django's `escapejs` writes as `\u0027` and the like; the backslash is left as part of these only.
const SCRIPT_SPECIAL: CharSet = CharSet::of("\\'\"<>&=-;`").union(CharSet::range(0, 31));

/// How the text of a value is escaped when it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Escaping {
    /// Printed as it is.
    None,
    /// `& < > " '` are entities.
    Html,
    /// A JSON literal that is harmless in HTML: `tojson`.
    Json,
}

/// A value that an output prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPart<'a> {
    /// The value before all filters.
    pub value: &'a Expression,
    pub escaping: Escaping,
    /// The characters that filters leave, before escaping.
    pub chars: CharSet,
    /// Filters that the engine doesn't have: the project's own, the first applied first.
    pub filters: Vec<&'a str>,
}

impl OutputPart<'_> {
    /// The characters in the output when the value can contain `chars`.
    pub fn chars_after(&self, chars: CharSet) -> CharSet {
        let chars = chars & self.chars;
        if self.escaping != Escaping::Html || !chars.intersects(HTML_SPECIAL | CharSet::of("&")) {
            return chars;
        }
        chars.minus(HTML_SPECIAL) | ENTITY
    }

    /// The sinks for which the value is harmless wherever it stands.
    pub fn cleared(&self) -> KindSet {
        if self.escaping == Escaping::Json { KindSet::EMPTY.with(SinkKind::Html) } else { KindSet::EMPTY }
    }
}

/// What is known of a value on its way through the filters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Text that will be escaped if escaping is on.
    Plain,
    /// Declared harmless as it is.
    Safe,
    /// Escaped already, and declared harmless.
    Escaped,
    Json,
}

struct Value<'a> {
    source: &'a Expression,
    state: State,
    chars: CharSet,
    filters: Vec<&'a str>,
}

pub(super) fn parts(expression: &Expression, engine: Engine, autoescape: bool) -> Vec<OutputPart<'_>> {
    let mut values = Vec::new();
    let reader = Reader { engine, autoescape };
    // In Mako, the filter `n` turns off the one that is applied to all.
    let autoescape = autoescape && !(engine == Engine::Mako && has_filter(expression, "n"));
    reader.read(expression, &mut values);
    values
        .into_iter()
        .map(|value| OutputPart {
            value: value.source,
            escaping: match value.state {
                State::Plain if autoescape => Escaping::Html,
                State::Plain | State::Safe => Escaping::None,
                State::Escaped => Escaping::Html,
                State::Json => Escaping::Json,
            },
            chars: value.chars,
            filters: value.filters,
        })
        .collect()
}

fn has_filter(expression: &Expression, wanted: &str) -> bool {
    let mut expression = expression;
    while let Expression::Filter { value, name, .. } = expression {
        if name == wanted {
            return true;
        }
        expression = value;
    }
    false
}

#[derive(Clone, Copy)]
struct Reader {
    engine: Engine,
    autoescape: bool,
}

impl Reader {
    fn read<'a>(self, expression: &'a Expression, values: &mut Vec<Value<'a>>) {
        match expression {
            Expression::Text(_) | Expression::Number(_) | Expression::Constant | Expression::Test(_) => {}
            Expression::Filter { value, name, arguments } => self.filter(value, name, arguments, values),
            Expression::Call { function, arguments } => self.call(expression, function, arguments, values),
            Expression::Conditional { yes, no, .. } => {
                self.read(yes, values);
                if let Some(no) = no {
                    self.read(no, values);
                }
            }
            Expression::Choice(operands) => self.read_all(operands, values),
            Expression::Concat(operands) => self.join(operands, self.autoescape, values),
            // A safe text joined with another, or filled with it, escapes the other.
            Expression::Operation { operands, .. } => self.join(operands, true, values),
            Expression::List(elements) | Expression::Mixed(elements) => {
                self.read_all(elements, values);
            }
            Expression::Dict(items) => {
                for (key, value) in items {
                    self.read(key, values);
                    self.read(value, values);
                }
            }
            Expression::Name(_) | Expression::Attribute { .. } | Expression::Item { .. } => {
                values.push(plain(expression));
            }
        }
    }

    fn read_all<'a>(self, expressions: &'a [Expression], values: &mut Vec<Value<'a>>) {
        for expression in expressions {
            self.read(expression, values);
        }
    }

    fn join<'a>(self, operands: &'a [Expression], spreads: bool, values: &mut Vec<Value<'a>>) {
        let start = values.len();
        self.read_all(operands, values);
        let joined = &mut values[start..];
        // A constant that was declared safe has no part of its own.
        let safe = joined.iter().any(|value| value.state != State::Plain)
            || operands.iter().any(|operand| self.is_safe_constant(operand));
        if spreads && safe {
            for value in joined.iter_mut().filter(|value| value.state == State::Plain) {
                value.state = State::Escaped;
            }
        }
    }

    fn is_safe_constant(self, expression: &Expression) -> bool {
        match expression {
            Expression::Filter { value, name, .. } => {
                name == "safe" && matches!(**value, Expression::Text(_)) && self.engine != Engine::Mako
            }
            Expression::Call { function, arguments } => {
                declares_safe(function)
                    && matches!(arguments.as_slice(), [Argument { value: Expression::Text(_), .. }])
            }
            _ => false,
        }
    }

    fn call<'a>(
        self,
        call: &'a Expression,
        function: &'a Expression,
        arguments: &'a [Argument],
        values: &mut Vec<Value<'a>>,
    ) {
        let start = values.len();
        if declares_safe(function) {
            for argument in arguments {
                self.read(&argument.value, values);
            }
            for value in &mut values[start..] {
                if value.state == State::Plain {
                    value.state = State::Safe;
                }
            }
            return;
        }
        let number = matches!(function, Expression::Name(name)
            if matches!(name.as_str(), "int" | "float" | "len" | "round" | "abs" | "bool"));
        if !(number && self.engine == Engine::Mako) {
            values.push(plain(call));
        }
    }

    fn filter<'a>(
        self,
        value: &'a Expression,
        name: &'a str,
        arguments: &'a [Argument],
        values: &mut Vec<Value<'a>>,
    ) {
        if is_number(self.engine, name) {
            return;
        }
        let start = values.len();
        self.read(value, values);
        // `default`, `replace`, `join`, `format` put their arguments into the result.
        if matches!(
            name,
            "default" | "d" | "default_if_none" | "replace" | "join" | "format" | "add" | "indent" | "cut"
        ) {
            let escapes = matches!(name, "format" | "replace" | "join" | "add")
                && (values[start..].iter().any(|value| value.state != State::Plain)
                    || self.is_safe_constant(value));
            let first_argument = values.len();
            for argument in arguments {
                self.read(&argument.value, values);
            }
            if escapes {
                for value in values[first_argument..].iter_mut().filter(|value| value.state == State::Plain) {
                    value.state = State::Escaped;
                }
            }
        }
        for value in &mut values[start..] {
            self.apply(name, value);
        }
    }

    fn apply<'a>(self, name: &'a str, value: &mut Value<'a>) {
        let escaped = |state| if state == State::Plain { State::Escaped } else { state };
        match (self.engine, name) {
            (Engine::Jinja | Engine::Django, "safe") | (Engine::Django, "safeseq")
                if value.state == State::Plain =>
            {
                value.state = State::Safe;
            }
            (Engine::Jinja | Engine::Django, "safe") | (Engine::Django, "safeseq") => {}
            (Engine::Jinja, "e" | "escape" | "urlize" | "xmlattr") | (Engine::Django, "escape") => {
                value.state = escaped(value.state);
            }
            (Engine::Mako, "h" | "x" | "entity") => value.state = State::Escaped,
            (Engine::Jinja, "forceescape") | (Engine::Django, "force_escape") => value.state = State::Escaped,
            (Engine::Jinja, "tojson") | (Engine::Django, "json_script") => value.state = State::Json,
            (Engine::Jinja, "striptags") | (Engine::Django, "upper" | "make_list") => {
                value.state = State::Plain;
            }
            (Engine::Jinja | Engine::Django, "urlencode") | (Engine::Mako, "u") => {
                value.state = State::Plain;
                value.chars = value.chars & URL_QUOTED;
            }
            (Engine::Django, "escapejs") => {
                value.state = State::Safe;
                value.chars = value.chars.minus(SCRIPT_SPECIAL);
            }
            (Engine::Django, "slugify") => value.chars = value.chars & WORD.union(CharSet::of("-")),
            (
                Engine::Django,
                "linebreaks" | "linebreaksbr" | "urlize" | "urlizetrunc" | "linenumbers" | "unordered_list",
            ) => {
                value.state = if self.autoescape { escaped(value.state) } else { State::Safe };
            }
            _ if is_known(self.engine, name) => {}
            _ => value.filters.push(name),
        }
    }
}

fn plain(source: &Expression) -> Value<'_> {
    Value { source, state: State::Plain, chars: CharSet::ALL, filters: Vec::new() }
}

/// `Markup(x)`, `mark_safe(x)`, be it of a module.
fn declares_safe(function: &Expression) -> bool {
    matches!(function, Expression::Name(name) | Expression::Attribute { name, .. }
        if matches!(name.as_str(), "Markup" | "mark_safe"))
}

/// Filters that give a number, a date, or one of their constant arguments.
fn is_number(engine: Engine, name: &str) -> bool {
    match engine {
        Engine::Jinja => matches!(
            name,
            "int" | "float" | "length" | "count" | "round" | "abs" | "wordcount" | "filesizeformat"
        ),
        Engine::Django => matches!(
            name,
            "length"
                | "length_is"
                | "wordcount"
                | "filesizeformat"
                | "floatformat"
                | "divisibleby"
                | "date"
                | "time"
                | "timesince"
                | "timeuntil"
                | "yesno"
                | "pluralize"
        ),
        Engine::Mako | Engine::Tornado => false,
    }
}

/// The other filters that come with the engine: they leave the text's dangers as they are.
fn is_known(engine: Engine, name: &str) -> bool {
    match engine {
        Engine::Jinja => matches!(
            name,
            "attr"
                | "batch"
                | "capitalize"
                | "center"
                | "d"
                | "default"
                | "dictsort"
                | "first"
                | "format"
                | "groupby"
                | "indent"
                | "items"
                | "join"
                | "last"
                | "list"
                | "lower"
                | "map"
                | "max"
                | "min"
                | "pprint"
                | "random"
                | "reject"
                | "rejectattr"
                | "replace"
                | "reverse"
                | "select"
                | "selectattr"
                | "slice"
                | "sort"
                | "string"
                | "sum"
                | "title"
                | "trim"
                | "truncate"
                | "unique"
                | "upper"
                | "wordwrap"
        ),
        Engine::Django => matches!(
            name,
            "add"
                | "addslashes"
                | "capfirst"
                | "center"
                | "cut"
                | "default"
                | "default_if_none"
                | "dictsort"
                | "dictsortreversed"
                | "first"
                | "get_digit"
                | "iriencode"
                | "join"
                | "last"
                | "ljust"
                | "lower"
                | "phone2numeric"
                | "pprint"
                | "random"
                | "rjust"
                | "slice"
                | "stringformat"
                | "striptags"
                | "title"
                | "truncatechars"
                | "truncatechars_html"
                | "truncatewords"
                | "truncatewords_html"
                | "wordwrap"
        ),
        Engine::Mako => matches!(name, "n" | "trim" | "str" | "unicode" | "decode"),
        Engine::Tornado => false,
    }
}
