//! Calls and imports that are reported wherever they stand.

use std::collections::HashMap;
use std::sync::LazyLock;

use vansire_finding::Severity;

/// Full names, the test that reports them, how severe that is, and what to say of them.
type Row = (&'static str, Severity, &'static str, &'static [&'static str]);

use Severity::{High, Low, Medium};

/// Calls, by the name of what is called.
static CALLS: &[Row] = &[
    (
        "B301",
        Medium,
        "Unpickling runs code that the data names",
        &[
            "pickle.loads",
            "pickle.load",
            "pickle.Unpickler",
            "dill.loads",
            "dill.load",
            "dill.Unpickler",
            "shelve.open",
            "shelve.DbfilenameShelf",
            "jsonpickle.decode",
            "jsonpickle.unpickler.decode",
            "jsonpickle.unpickler.Unpickler",
            "pandas.read_pickle",
        ],
    ),
    ("B302", Medium, "`marshal` doesn't stand hostile data", &["marshal.load", "marshal.loads"]),
    (
        "B303",
        Medium,
        "A weak hash function is used",
        &[
            "Crypto.Hash.MD2.new",
            "Crypto.Hash.MD4.new",
            "Crypto.Hash.MD5.new",
            "Crypto.Hash.SHA.new",
            "Cryptodome.Hash.MD2.new",
            "Cryptodome.Hash.MD4.new",
            "Cryptodome.Hash.MD5.new",
            "Cryptodome.Hash.SHA.new",
            "cryptography.hazmat.primitives.hashes.MD5",
            "cryptography.hazmat.primitives.hashes.SHA1",
        ],
    ),
    (
        "B304",
        High,
        "A weak cipher is used",
        &[
            "Crypto.Cipher.ARC2.new",
            "Crypto.Cipher.ARC4.new",
            "Crypto.Cipher.Blowfish.new",
            "Crypto.Cipher.DES.new",
            "Crypto.Cipher.XOR.new",
            "Cryptodome.Cipher.ARC2.new",
            "Cryptodome.Cipher.ARC4.new",
            "Cryptodome.Cipher.Blowfish.new",
            "Cryptodome.Cipher.DES.new",
            "Cryptodome.Cipher.XOR.new",
            "cryptography.hazmat.primitives.ciphers.algorithms.ARC4",
            "cryptography.hazmat.primitives.ciphers.algorithms.Blowfish",
            "cryptography.hazmat.primitives.ciphers.algorithms.CAST5",
            "cryptography.hazmat.primitives.ciphers.algorithms.IDEA",
            "cryptography.hazmat.primitives.ciphers.algorithms.SEED",
            "cryptography.hazmat.primitives.ciphers.algorithms.TripleDES",
        ],
    ),
    (
        "B305",
        Medium,
        "ECB shows which blocks are alike",
        &["cryptography.hazmat.primitives.ciphers.modes.ECB"],
    ),
    ("B306", Medium, "Between `mktemp` and its use somebody else can make the file", &["tempfile.mktemp"]),
    ("B307", Medium, "`eval` runs what it is given", &["eval"]),
    ("B308", Medium, "`mark_safe` keeps HTML from being escaped", &["django.utils.safestring.mark_safe"]),
    (
        "B310",
        Medium,
        "`urllib` opens `file:` and other schemes, too",
        &[
            "urllib.request.urlopen",
            "urllib.request.urlretrieve",
            "urllib.request.URLopener",
            "urllib.request.FancyURLopener",
            "six.moves.urllib.request.urlopen",
            "six.moves.urllib.request.urlretrieve",
            "six.moves.urllib.request.URLopener",
            "six.moves.urllib.request.FancyURLopener",
        ],
    ),
    (
        "B311",
        Low,
        "The numbers of `random` can be predicted",
        &[
            "random.Random",
            "random.random",
            "random.randrange",
            "random.randint",
            "random.choice",
            "random.choices",
            "random.uniform",
            "random.triangular",
            "random.randbytes",
            "random.sample",
            "random.getrandbits",
        ],
    ),
    ("B312", High, "Telnet sends everything in clear text", &["telnetlib.Telnet"]),
    (
        "B313",
        Medium,
        "This XML parser doesn't stand hostile data",
        &[
            "xml.etree.cElementTree.parse",
            "xml.etree.cElementTree.iterparse",
            "xml.etree.cElementTree.fromstring",
            "xml.etree.cElementTree.XMLParser",
        ],
    ),
    (
        "B314",
        Medium,
        "This XML parser doesn't stand hostile data",
        &[
            "xml.etree.ElementTree.parse",
            "xml.etree.ElementTree.iterparse",
            "xml.etree.ElementTree.fromstring",
            "xml.etree.ElementTree.XMLParser",
        ],
    ),
    ("B315", Medium, "This XML parser doesn't stand hostile data", &["xml.sax.expatreader.create_parser"]),
    (
        "B316",
        Medium,
        "This XML parser doesn't stand hostile data",
        &["xml.dom.expatbuilder.parse", "xml.dom.expatbuilder.parseString"],
    ),
    (
        "B317",
        Medium,
        "This XML parser doesn't stand hostile data",
        &["xml.sax.parse", "xml.sax.parseString", "xml.sax.make_parser"],
    ),
    (
        "B318",
        Medium,
        "This XML parser doesn't stand hostile data",
        &["xml.dom.minidom.parse", "xml.dom.minidom.parseString"],
    ),
    (
        "B319",
        Medium,
        "This XML parser doesn't stand hostile data",
        &["xml.dom.pulldom.parse", "xml.dom.pulldom.parseString"],
    ),
    ("B321", High, "FTP sends everything in clear text", &["ftplib.FTP"]),
    ("B323", Medium, "This context verifies no certificate", &["ssl._create_unverified_context"]),
];

/// Imports, by the beginning of the name of what is imported; also calls of exactly that name.
static IMPORTS: &[Row] = &[
    ("B401", High, "Telnet sends everything in clear text", &["telnetlib"]),
    ("B402", High, "FTP sends everything in clear text", &["ftplib"]),
    ("B403", Low, "A module that unpickles is imported", &["pickle", "cPickle", "dill", "shelve"]),
    ("B404", Low, "`subprocess` is imported", &["subprocess"]),
    (
        "B405",
        Low,
        "An XML parser that doesn't stand hostile data is imported",
        &["xml.etree.cElementTree", "xml.etree.ElementTree"],
    ),
    ("B406", Low, "An XML parser that doesn't stand hostile data is imported", &["xml.sax"]),
    ("B407", Low, "An XML parser that doesn't stand hostile data is imported", &["xml.dom.expatbuilder"]),
    ("B408", Low, "An XML parser that doesn't stand hostile data is imported", &["xml.dom.minidom"]),
    ("B409", Low, "An XML parser that doesn't stand hostile data is imported", &["xml.dom.pulldom"]),
    ("B411", High, "`xmlrpc` parses XML and doesn't stand hostile data", &["xmlrpc"]),
    (
        "B412",
        High,
        "Under CGI a client's `Proxy` header becomes the variable `HTTP_PROXY`",
        &["wsgiref.handlers.CGIHandler", "twisted.web.twcgi.CGIScript", "twisted.web.twcgi.CGIDirectory"],
    ),
    (
        "B413",
        High,
        "PyCrypto has had no maintainer since 2013",
        &[
            "Crypto.Cipher",
            "Crypto.Hash",
            "Crypto.IO",
            "Crypto.Protocol",
            "Crypto.PublicKey",
            "Crypto.Random",
            "Crypto.Signature",
            "Crypto.Util",
        ],
    ),
    ("B415", High, "IPMI sends everything in clear text", &["pyghmi"]),
];

/// What is said of a name.
#[derive(Clone, Copy)]
pub struct Entry {
    pub test: &'static str,
    pub severity: Severity,
    pub message: &'static str,
}

fn entries(rows: &'static [Row]) -> impl Iterator<Item = (&'static str, Entry)> {
    rows.iter().flat_map(|&(test, severity, message, names)| {
        names.iter().map(move |&name| (name, Entry { test, severity, message }))
    })
}

/// The entry for a call of exactly that name.
pub fn call(name: &str) -> Option<Entry> {
    static BY_NAME: LazyLock<HashMap<&'static str, Entry>> = LazyLock::new(|| {
        let mut map: HashMap<_, _> = entries(IMPORTS).collect();
        map.extend(entries(CALLS));
        map
    });
    BY_NAME.get(name).copied()
}

/// The last parts of the names that calls are known by.
pub fn last_names() -> impl Iterator<Item = &'static str> {
    entries(CALLS).chain(entries(IMPORTS)).map(|(name, _)| name.rsplit('.').next().unwrap_or(name))
}

/// The entry for an import statement: the first row that one of its names begins with.
pub fn import<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Option<Entry> {
    entries(IMPORTS)
        .find(|(prefix, _)| names.clone().any(|name| name.starts_with(prefix)))
        .map(|(_, entry)| entry)
}
