//! Kinds of sinks: what is dangerous about data that arrives there.

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum SinkKind { $($(#[$doc])* $variant,)* }

        impl SinkKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Some(match text { $($name => Self::$variant,)* _ => return None })
            }
        }
    };
}

kinds! {
    Sql = "sql",
    NoSql = "nosql",
    /// A script that a document database runs.
    NoSqlScript = "nosql-script",
    /// A text given to a shell.
    Shell = "shell",
    /// A program, or an argument vector whose first element is the program.
    Command = "command",
    /// An argument of a program, outside a shell.
    Argument = "argument",
    Code = "code",
    Template = "template",
    Path = "path",
    /// Names inside an archive are used as paths.
    Archive = "archive",
    Url = "url",
    Host = "host",
    Redirect = "redirect",
    Html = "html",
    Xml = "xml",
    Xpath = "xpath",
    Ldap = "ldap",
    Header = "header",
    Cookie = "cookie",
    Log = "log",
    Mail = "mail",
    Deserialize = "deserialize",
    Format = "format",
    Regex = "regex",
    Reflection = "reflection",
    SessionKey = "session-key",
    SessionValue = "session-value",
    WritePath = "write-path",
    Size = "size",
    /// Data that is decompressed as a whole, however much comes out.
    Decompress = "decompress",
    /// A signed token of which the signature isn't verified.
    Token = "token",
    /// Names of the fields of a stored object.
    Fields = "fields",
    /// The origin whose pages may read answers.
    Origin = "origin",
    /// What a secret is compared with.
    Comparison = "comparison",
    /// A text that is matched against a pattern that can take for ever.
    PatternSubject = "pattern-subject",
}

/// A set of kinds of sinks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindSet(u64);

impl KindSet {
    pub const EMPTY: Self = Self(0);

    /// Where a library's caller wouldn't expect danger, as long as the library has a part in it: that `convert(path)`
    /// opens a path is its purpose, that it starts a shell isn't.
    pub const UNEXPECTED: Self = Self::EMPTY
        .with(SinkKind::Shell)
        .with(SinkKind::Argument)
        .with(SinkKind::Code)
        .with(SinkKind::Template)
        .with(SinkKind::Deserialize)
        .with(SinkKind::Archive)
        .with(SinkKind::Path)
        .with(SinkKind::WritePath)
        .with(SinkKind::Reflection)
        .with(SinkKind::Xml)
        .with(SinkKind::Html)
        .union(Self::SPLICED);

    /// Those of them whose text a caller may well hand over as a whole: `execute(query)` runs queries. It is a part of
    /// one that nobody expects to be taken as it is.
    pub const SPLICED: Self = Self::EMPTY
        .with(SinkKind::Sql)
        .with(SinkKind::Ldap)
        .with(SinkKind::Xpath)
        .with(SinkKind::NoSqlScript);

    #[must_use]
    pub const fn with(self, kind: SinkKind) -> Self {
        Self(self.0 | 1_u64 << kind as u8)
    }

    pub const fn contains(self, kind: SinkKind) -> bool {
        self.0 & (1_u64 << kind as u8) != 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of those are among these.
    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<SinkKind> for KindSet {
    fn from_iter<T: IntoIterator<Item = SinkKind>>(kinds: T) -> Self {
        kinds.into_iter().fold(Self::EMPTY, Self::with)
    }
}
