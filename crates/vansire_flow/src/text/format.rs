//! Format strings, taken apart: `%`, `str.format`, `string.Template`.
//!
//! Each function gives the parts of the result in order. `None` means that formatting with this text always fails.

/// How deeply fields may stand in the specs of fields; Python itself allows two.
const DEPTH_LIMIT: u32 = 2;

/// What numbers are formatted with; `c` isn't one of these, since it makes a character of a number.
const NUMBER_TYPES: &str = "bdeEfFgGnoxX%";

/// A part of a formatted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatPart {
    Literal(String),
    Field(Field),
}

/// A value that is put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub reference: Reference,
    /// What is taken of the value: `.name`, `[key]`.
    pub path: Vec<Access>,
    /// `r`, `s` or `a`.
    pub conversion: Option<char>,
    /// Only numbers pass: anything else raises.
    pub numeric: bool,
    /// The format spec, in which there can be fields again.
    pub spec: Vec<FormatPart>,
}

/// Which value a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The next one, with its position.
    Auto(u32),
    Position(u32),
    Name(String),
}

/// A step from a value to what is taken of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Attribute(String),
    Key(String),
    Index(u32),
}

/// Collects parts, with neighbouring literals as one.
#[derive(Default)]
struct Parts {
    parts: Vec<FormatPart>,
    literal: String,
}

impl Parts {
    fn push(&mut self, field: Field) {
        self.end_literal();
        self.parts.push(FormatPart::Field(field));
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(FormatPart::Literal(std::mem::take(&mut self.literal)));
        }
    }

    fn finish(mut self) -> Vec<FormatPart> {
        self.end_literal();
        self.parts
    }
}

/// Takes apart the text left of `%`.
pub fn percent_parts(text: &str) -> Option<Vec<FormatPart>> {
    let mut parts = Parts::default();
    let mut auto = 0;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        parts.literal.push_str(before);
        rest = after;
        let mut name = None;
        if let Some(inside) = rest.strip_prefix('(') {
            let (key, after) = parenthesized(inside)?;
            name = Some(key.to_owned());
            rest = after;
        }
        let spec_start = rest;
        rest = rest.trim_start_matches(['#', '0', '-', ' ', '+']);
        rest = number_or_star(rest, &mut auto);
        if let Some(after) = rest.strip_prefix('.') {
            rest = number_or_star(after, &mut auto);
        }
        rest = rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest);
        let spec = &spec_start[..spec_start.len() - rest.len()];
        let kind = rest.chars().next()?;
        rest = &rest[kind.len_utf8()..];
        let (conversion, numeric) = match kind {
            '%' => {
                parts.literal.push('%');
                continue;
            }
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' => (None, true),
            'c' => (None, false),
            's' | 'b' => (Some('s'), false),
            'r' | 'a' => (Some(kind), false),
            _ => return None,
        };
        let reference = name.map_or_else(|| Reference::Auto(next(&mut auto)), Reference::Name);
        let spec = if spec.is_empty() { Vec::new() } else { vec![FormatPart::Literal(spec.to_owned())] };
        parts.push(Field { reference, path: Vec::new(), conversion, numeric, spec });
    }
    parts.literal.push_str(rest);
    Some(parts.finish())
}

fn next(counter: &mut u32) -> u32 {
    let current = *counter;
    *counter += 1;
    current
}

/// Skips a width or a precision; a star takes it from the next value, which has to be a number.
fn number_or_star<'a>(text: &'a str, auto: &mut u32) -> &'a str {
    if let Some(rest) = text.strip_prefix('*') {
        *auto += 1;
        return rest;
    }
    text.trim_start_matches(|character: char| character.is_ascii_digit())
}

/// The text up to the parenthesis that closes, with others nested in it, and what follows.
fn parenthesized(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1u32;
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..index], &text[index + 1..]));
        }
    }
    None
}

/// Takes apart the text on which `format` or `format_map` is called.
pub fn brace_parts(text: &str) -> Option<Vec<FormatPart>> {
    let mut braces = Braces { auto: 0, manual: false };
    braces.parts(text, 0)
}

struct Braces {
    auto: u32,
    manual: bool,
}

impl Braces {
    fn parts(&mut self, text: &str, depth: u32) -> Option<Vec<FormatPart>> {
        if depth > DEPTH_LIMIT {
            return None;
        }
        let mut parts = Parts::default();
        let mut rest = text;
        while let Some(position) = rest.find(['{', '}']) {
            parts.literal.push_str(&rest[..position]);
            let brace = &rest[position..=position];
            rest = &rest[position + 1..];
            // Doubled braces stand for themselves, but not in a spec.
            if depth == 0 && rest.starts_with(brace) {
                parts.literal.push_str(brace);
                rest = &rest[1..];
                continue;
            }
            if brace == "}" {
                return None;
            }
            let (inside, after) = field_text(rest)?;
            rest = after;
            parts.push(self.field(inside, depth)?);
        }
        parts.literal.push_str(rest);
        Some(parts.finish())
    }

    fn field(&mut self, text: &str, depth: u32) -> Option<Field> {
        // A bracket holds anything, also colons and exclamation marks.
        let mut bracket = false;
        let end = text.char_indices().find(|&(_, character)| {
            match character {
                '[' => bracket = true,
                ']' => bracket = false,
                _ => {}
            }
            !bracket && matches!(character, '!' | ':')
        });
        let (name, mut rest) = text.split_at(end.map_or(text.len(), |(index, _)| index));
        let mut conversion = None;
        if let Some(after) = rest.strip_prefix('!') {
            let letter = after.chars().next()?;
            if !matches!(letter, 'r' | 's' | 'a') {
                return None;
            }
            conversion = Some(letter);
            rest = &after[1..];
            if !(rest.is_empty() || rest.starts_with(':')) {
                return None;
            }
        }
        let name_end = name.find(['.', '[']).unwrap_or(name.len());
        let reference = self.reference(&name[..name_end])?;
        let path = accesses(&name[name_end..])?;
        let spec = self.parts(rest.strip_prefix(':').unwrap_or(""), depth + 1)?;
        let numeric = conversion.is_none() && is_numeric(&spec);
        Some(Field { reference, path, conversion, numeric, spec })
    }

    fn reference(&mut self, name: &str) -> Option<Reference> {
        let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        if !digits && !name.is_empty() {
            return Some(Reference::Name(name.to_owned()));
        }
        // One text can't number some of its fields and leave others to be numbered.
        if digits {
            self.manual = true;
        }
        if self.manual && (self.auto > 0 || !digits) {
            return None;
        }
        if digits {
            name.parse().ok().map(Reference::Position)
        } else {
            Some(Reference::Auto(next(&mut self.auto)))
        }
    }
}

/// The text up to the brace that closes a field, and what follows.
fn field_text(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1u32;
    let mut bracket = false;
    for (index, character) in text.char_indices() {
        match character {
            '[' if depth == 1 => bracket = true,
            ']' => bracket = false,
            '{' if !bracket => depth += 1,
            '}' if !bracket => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..index], &text[index + 1..]));
        }
        // A bracket in a spec (a fill character) holds nothing together.
        if depth == 1 && !bracket && character == ':' {
            return spec_end(text, index + 1);
        }
    }
    None
}

fn spec_end(text: &str, start: usize) -> Option<(&str, &str)> {
    let mut depth = 1u32;
    for (index, character) in text[start..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..start + index], &text[start + index + 1..]));
        }
    }
    None
}

fn accesses(mut text: &str) -> Option<Vec<Access>> {
    let mut path = Vec::new();
    while !text.is_empty() {
        if let Some(rest) = text.strip_prefix('.') {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            path.push(Access::Attribute(rest[..end].to_owned()));
            text = &rest[end..];
            continue;
        }
        let (key, rest) = text.strip_prefix('[')?.split_once(']')?;
        if key.is_empty() {
            return None;
        }
        let digits = key.bytes().all(|byte| byte.is_ascii_digit());
        path.push(match key.parse() {
            Ok(index) if digits => Access::Index(index),
            _ => Access::Key(key.to_owned()),
        });
        text = rest;
    }
    Some(path)
}

/// `[[fill]align][sign][z][#][0][width][grouping][.precision]type` with the type of a number.
fn is_numeric(spec: &[FormatPart]) -> bool {
    let Some(FormatPart::Literal(last)) = spec.last() else { return false };
    let Some(kind) = last.chars().next_back() else { return false };
    if !NUMBER_TYPES.contains(kind) {
        return false;
    }
    // Fields in the middle are widths and precisions.
    let mut text = String::new();
    for part in spec {
        match part {
            FormatPart::Literal(literal) => text.push_str(literal),
            FormatPart::Field(_) => text.push('1'),
        }
    }
    let mut rest = text.as_str();
    let mut characters = rest.chars();
    let (first, second) = (characters.next(), characters.next());
    let is_align = |character: Option<char>| character.is_some_and(|character| "<>=^".contains(character));
    if is_align(second) {
        rest = &rest[first.map_or(0, char::len_utf8) + 1..];
    } else if is_align(first) {
        rest = &rest[1..];
    }
    rest = rest.strip_prefix(['+', '-', ' ']).unwrap_or(rest);
    rest = rest.strip_prefix('z').unwrap_or(rest);
    rest = rest.strip_prefix('#').unwrap_or(rest);
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    rest = &rest[digits(rest)..];
    rest = rest.strip_prefix([',', '_']).unwrap_or(rest);
    if let Some(precision) = rest.strip_prefix('.') {
        rest = &precision[digits(precision)..];
        rest = rest.strip_prefix([',', '_']).unwrap_or(rest);
    }
    rest.chars().eq([kind])
}

/// Takes apart the text of a `string.Template`. A `$` that is no field stands for itself, as `safe_substitute`
/// has it.
pub fn dollar_parts(text: &str) -> Vec<FormatPart> {
    let mut parts = Parts::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        parts.literal.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            parts.literal.push('$');
            rest = after;
            continue;
        }
        let braced = rest.strip_prefix('{');
        let inside = braced.unwrap_or(rest);
        let length = identifier_length(inside);
        let closed = braced.is_none() || inside[length..].starts_with('}');
        if length == 0 || !closed {
            parts.literal.push('$');
            continue;
        }
        parts.push(Field {
            reference: Reference::Name(inside[..length].to_owned()),
            path: Vec::new(),
            conversion: Some('s'),
            numeric: false,
            spec: Vec::new(),
        });
        rest = &inside[length + usize::from(braced.is_some())..];
    }
    parts.literal.push_str(rest);
    parts.finish()
}

fn identifier_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts in short: `<name.attribute[key]!r:spec>` for a field, `#` before it when only numbers pass.
    fn short(parts: &[FormatPart]) -> String {
        let mut text = String::new();
        for part in parts {
            match part {
                FormatPart::Literal(literal) => text.push_str(literal),
                FormatPart::Field(field) => {
                    text.push_str(if field.numeric { "#<" } else { "<" });
                    match &field.reference {
                        Reference::Auto(position) => text.extend(["+".to_owned(), position.to_string()]),
                        Reference::Position(position) => text.push_str(&position.to_string()),
                        Reference::Name(name) => text.push_str(name),
                    }
                    for access in &field.path {
                        match access {
                            Access::Attribute(name) => text.extend([".", name]),
                            Access::Key(key) => text.extend(["[", key, "]"]),
                            Access::Index(index) => text.extend(["[#", &index.to_string(), "]"]),
                        }
                    }
                    if let Some(conversion) = field.conversion {
                        text.extend(["!".to_owned(), conversion.to_string()]);
                    }
                    if !field.spec.is_empty() {
                        text.extend([":", &short(&field.spec)]);
                    }
                    text.push('>');
                }
            }
        }
        text
    }

    #[test]
    fn percent() {
        let parts = |text: &str| percent_parts(text).map(|parts| short(&parts));
        assert_eq!(parts("a %s b %d%% é").as_deref(), Some("a <+0!s> b #<+1>% é"));
        assert_eq!(parts("%(who)s %(n)05.2f").as_deref(), Some("<who!s> #<n:05.2>"));
        assert_eq!(parts("%(a(b))r").as_deref(), Some("<a(b)!r>"));
        assert_eq!(parts("%*s %-10r %c %.*f").as_deref(), Some("<+1!s:*> <+2!r:-10> <+3> #<+5:.*>"));
        assert_eq!(parts("%ld %b").as_deref(), Some("#<+0:l> <+1!s>"));
        assert_eq!(parts("").as_deref(), Some(""));
        for wrong in ["%", "%y", "%(a", "50% é"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn braces() {
        let parts = |text: &str| brace_parts(text).map(|parts| short(&parts));
        assert_eq!(parts("a {} {} {{é}}").as_deref(), Some("a <+0> <+1> {é}"));
        assert_eq!(parts("{1} {0!r:>8}").as_deref(), Some("<1> <0!r:>8>"));
        assert_eq!(parts("{job.source[key][0]}").as_deref(), Some("<job.source[key][#0]>"));
        assert_eq!(parts("{a[b:!}]}").as_deref(), Some("<a[b:!}]>"));
        assert_eq!(parts("{:>{}} {}").as_deref(), Some("<+0:><+1>> <+2>"));
        assert_eq!(
            parts("{:d}{:04x}{:,.2f}{:*^10d}{:c}{:s}{:>{w}d}").as_deref(),
            Some("#<+0:d>#<+1:04x>#<+2:,.2f>#<+3:*^10d><+4:c><+5:s>#<+6:><w>d>")
        );
        assert_eq!(parts("{:%Y-%m-%d}").as_deref(), Some("<+0:%Y-%m-%d>"));
        assert_eq!(parts("{!s:d}").as_deref(), Some("<+0!s:d>"));
        assert_eq!(parts("{:[>5}").as_deref(), Some("<+0:[>5>"));
        for wrong in ["{", "}", "{} {0}", "{0} {}", "{a!x}", "{a.}", "{a[]}", "{a!r x}", "{:{:{:{}}}}"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dollars() {
        let parts = |text: &str| short(&dollar_parts(text));
        assert_eq!(parts("ping $host ${n}x $$5 $5 ${é} $"), "ping <host!s> <n!s>x $5 $5 ${é} $");
        assert_eq!(parts("$a$b_1-c"), "<a!s><b_1!s>-c");
    }

    #[test]
    fn hostile_texts_cost_little() {
        for piece in ["{", "}", "{:", "{a[", "%(", "%", "$", "${", "{}"] {
            let text = piece.repeat(20_000);
            percent_parts(&text);
            brace_parts(&text);
            dollar_parts(&text);
        }
    }
}
