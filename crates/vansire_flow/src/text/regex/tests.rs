use super::*;

const WORD: CharSet = CharSet::LETTERS.union(CharSet::DIGITS).union(CharSet::of("_"));

fn read(pattern: &str) -> RegexFacts {
    facts(pattern, RegexFlags::default()).unwrap_or_else(|| panic!("{pattern}"))
}

fn flagged(pattern: &str, letters: &str) -> RegexFacts {
    let mut flags = RegexFlags::default();
    assert!(flags.set(letters, true).is_some());
    facts(pattern, flags).unwrap_or_else(|| panic!("{pattern}"))
}

fn chars_of(pattern: &str, mode: MatchMode) -> CharSet {
    read(pattern).proved(mode).chars
}

use MatchMode::{FullMatch, Match, Search};

#[test]
fn anchors_decide_what_is_proved() {
    let lower = CharSet::class("a-z");
    assert_eq!(chars_of("[a-z]+", FullMatch), lower);
    assert_eq!(chars_of("[a-z]+", Match), CharSet::ALL);
    assert_eq!(chars_of("[a-z]+$", Match), lower);
    assert_eq!(chars_of("[a-z]+$", Search), CharSet::ALL);
    assert_eq!(chars_of("^[a-z]+$", Search), lower);
    assert_eq!(chars_of(r"\A[a-z]+\Z", Search), lower);
    assert_eq!(chars_of("^(asc|desc)$", Search), CharSet::of("ascde"));
    assert_eq!(chars_of("^asc|desc$", Search), CharSet::ALL);
    assert_eq!(chars_of("^[a-z]+$|^$", Search), lower);
    assert_eq!(chars_of("(^[a-z]+$)?", Search), CharSet::ALL);
    assert_eq!(flagged("^[a-z]+$", "m").proved(Search).chars, CharSet::ALL);
    assert_eq!(flagged(r"\A[a-z]+\Z", "m").proved(Search).chars, lower);
    assert_eq!(chars_of("(?m)^[a-z]+$", Search), CharSet::ALL);
    assert_eq!(chars_of("", FullMatch), CharSet::EMPTY);
    assert_eq!(chars_of("", Search), CharSet::ALL);
}

#[test]
fn a_dollar_lets_a_line_break_through() {
    assert!(read("^a+$").proved(Match).trailing_newline);
    assert!(!read(r"^a+\Z").proved(Match).trailing_newline);
    assert!(!read("^a+$").proved(FullMatch).trailing_newline);
    assert!(read(r"^[a\n]+$").proved(Match).trailing_newline);
    assert!(!read("a+").proved(Match).trailing_newline);
}

#[test]
fn classes() {
    assert_eq!(chars_of(r"\w+", FullMatch), WORD.with_other());
    assert_eq!(flagged(r"\w+", "a").proved(FullMatch).chars, WORD);
    assert_eq!(chars_of(r"(?a)\d", FullMatch), CharSet::DIGITS);
    assert_eq!(chars_of(r"\d", FullMatch), CharSet::DIGITS.with_other());
    assert_eq!(chars_of(r"[^<>]*", FullMatch), !CharSet::of("<>"));
    assert_eq!(chars_of(r"[^\w]", FullMatch), (!WORD).with_other());
    assert_eq!(chars_of(r"[^\W]", FullMatch), WORD.with_other());
    assert_eq!(chars_of(r"[^\x00-\x7f]", FullMatch), CharSet::EMPTY.with_other());
    assert_eq!(chars_of(r"[\x00-\x7f]", FullMatch), CharSet::ASCII);
    assert_eq!(chars_of(r"[\s\S]", FullMatch), CharSet::ALL);
    assert_eq!(chars_of(r"[^\s\S]", FullMatch), CharSet::EMPTY);
    assert_eq!(chars_of(r"[]a^-]", FullMatch), CharSet::of("]a^-"));
    assert_eq!(chars_of(r"[^]a]", FullMatch), !CharSet::of("]a"));
    assert_eq!(chars_of(r"[\]\-\\\n\101]", FullMatch), CharSet::of("]-\\\nA"));
    assert_eq!(chars_of(".", FullMatch), !CharSet::of("\n"));
    assert_eq!(flagged(".", "s").proved(FullMatch).chars, CharSet::ALL);
    assert_eq!(chars_of(r"\x41\u0042\t\.", FullMatch), CharSet::of("AB\t."));
    assert_eq!(chars_of("é", FullMatch), CharSet::EMPTY.with_other());
}

#[test]
fn cases() {
    assert_eq!(flagged("[a-c]", "i").proved(FullMatch).chars, CharSet::of("abcABC"));
    assert_eq!(flagged("abc", "i").proved(FullMatch).chars, CharSet::of("abcABC"));
    assert_eq!(flagged("k", "i").proved(FullMatch).chars, CharSet::of("kK").with_other());
    assert_eq!(flagged("k", "ia").proved(FullMatch).chars, CharSet::of("kK"));
    assert_eq!(flagged("\u{17f}", "i").proved(FullMatch).chars, CharSet::of("sS").with_other());
    assert_eq!(chars_of("(?i:a)b", FullMatch), CharSet::of("aAb"));
    assert_eq!(flagged("(?-i:a)b", "i").proved(FullMatch).chars, CharSet::of("abB"));
    assert_eq!(flagged("[^\u{e9}]", "i").refuted(Search), CharSet::ASCII);
}

#[test]
fn structure() {
    assert_eq!(chars_of(r"img-\w*\.png", FullMatch), WORD.union(CharSet::of("-.")).with_other());
    assert!(chars_of(r"img-.*\.png", FullMatch).contains('/'));
    assert_eq!(chars_of("a{2,3}b{0}c{,2}", FullMatch), CharSet::of("ac"));
    assert_eq!(chars_of("a{x}", FullMatch), CharSet::of("a{x}"));
    assert_eq!(
        chars_of("(?:a+)*?(?P<n>b)(?P=n)(c)\\2++", FullMatch),
        CharSet::of("bcBC").with_other() | CharSet::of("a")
    );
    assert_eq!(chars_of("(?>a|b)(?#note)", FullMatch), CharSet::of("ab"));
    assert_eq!(chars_of("(<)?a(?(1)>|!)", FullMatch), CharSet::of("<a>!"));
    assert_eq!(flagged("a  b # c\n [ #]", "x").proved(FullMatch).chars, CharSet::of("ab #"));
    assert_eq!(chars_of("(?x) a +", FullMatch), CharSet::of("a"));
    for wrong in [
        "(", ")", "a**", "*", "[a", "(?P<n>a", "\\", "(?<a)", "[z-a]", "\\q", "(?z)a", "\\2(a)", "^*",
        "a(?i)b",
    ] {
        assert!(facts(wrong, RegexFlags::default()).is_none(), "{wrong}");
    }
}

#[test]
fn look_aheads() {
    assert_eq!(chars_of("^(?=.*[0-9])[a-z0-9]+$", Match), CharSet::class("a-z0-9"));
    assert_eq!(chars_of("^(?=[a-z]+$).*", Match), CharSet::class("a-z"));
    assert_eq!(chars_of("^(?!.*[<>])[^&]+$", Match), !CharSet::of("<>&") | CharSet::of("<>"));
    assert_eq!(chars_of("^(?!.*[<>])[ -~]+$", Match), CharSet::range(b' ', b'~').minus(CharSet::of("<>")));
    assert_eq!(chars_of(r"(?s)(?!.*[<>])", Match), !CharSet::of("<>"));
    assert_eq!(chars_of(r"(?!.*[<>])", Match), CharSet::ALL);
    let proof = read(r"^(?!.*\.\.)[\w./-]+$").proved(Match);
    assert_eq!(proof.absent, [".."]);
    assert!(proof.trailing_newline);
    assert_eq!(chars_of("a(?<=b)c", FullMatch), CharSet::of("ac"));
}

#[test]
fn few_texts_are_listed() {
    let texts = |pattern: &str| read(pattern).proved(Match).finite;
    assert_eq!(texts("^(asc|desc)$"), Some(vec!["asc".into(), "desc".into()]));
    assert_eq!(texts("a?b{1,2}$"), Some(vec!["ab".into(), "abb".into(), "b".into(), "bb".into()]));
    assert_eq!(texts("[0-9]$").map(|texts| texts.len()), Some(10));
    assert_eq!(texts("[a-z]$"), None);
    assert_eq!(texts("a+$"), None);
    assert_eq!(texts("asc|desc"), None);
    assert_eq!(texts("(ab?){40}$"), None);
    assert_eq!(flagged("^(a|b)$", "i").proved(Match).finite.map(|texts| texts.len()), Some(4));
    assert_eq!(flagged("^asc$", "i").proved(Match).finite, None, "the long s matches, too");
}

#[test]
fn beginnings_and_ends() {
    let proof = read(r"https://example\.com/.*").proved(Match);
    assert_eq!(proof.prefix.as_deref(), Some("https://example.com/"));
    assert_eq!(proof.chars, CharSet::ALL);
    assert_eq!(read(r"https?://x").proved(Match).prefix.as_deref(), Some("http"));
    assert_eq!(read(r"(abc|abd)x").proved(Match).prefix.as_deref(), Some("ab"));
    assert_eq!(read("a{3}b").proved(Match).prefix.as_deref(), Some("aaab"));
    assert_eq!(read("(ab)+c").proved(Match).prefix.as_deref(), Some("ab"));
    assert_eq!(read("abc").proved(Search).prefix, None);
    assert_eq!(read(r"\.png$").proved(Search).suffix.as_deref(), Some(".png"));
    assert_eq!(read(r"^/.*\.(a|b)z\Z").proved(Search).suffix.as_deref(), Some("z"));
}

#[test]
fn what_a_failed_search_says() {
    let absent = |pattern: &str, mode| read(pattern).refuted(mode);
    assert_eq!(absent("[^a-zA-Z0-9]", Search), !CharSet::LETTERS.union(CharSet::DIGITS));
    assert_eq!(absent("[^a-zA-Z0-9]", Match), CharSet::EMPTY);
    assert_eq!(absent("[<>'\"]+", Search), CharSet::of("<>'\""));
    assert_eq!(absent("<|>|&amp;", Search), CharSet::of("<>"));
    assert_eq!(absent(";|&&", Search), CharSet::of(";"));
    assert_eq!(absent("^[<>]", Search), CharSet::EMPTY);
    assert_eq!(absent("[<>]$", Search), CharSet::EMPTY);
    assert_eq!(absent("a*[<>]b?", Search), CharSet::of("<>"));
    assert_eq!(absent(".*[<>]", Search), CharSet::of("<>"));
    assert_eq!(absent(".*[<>]", Match), CharSet::EMPTY, "a line break may stand before");
    assert_eq!(absent("(?s).*[<>]", Match), CharSet::of("<>"));
    assert_eq!(absent("(?s).*[<>].*", FullMatch), CharSet::of("<>"));
    assert_eq!(absent("<{2}", Search), CharSet::EMPTY);
    assert_eq!(absent(r"\W", Search), (!WORD) & CharSet::ASCII);
    assert_eq!(absent(r"\s", Search) & CharSet::ASCII, CharSet::SPACE.union(CharSet::range(0x1c, 0x1f)));
    assert_eq!(absent("é", Search), CharSet::EMPTY);
    assert_eq!(read(r"\.\.").refuted_texts(Search), [".."]);
    assert_eq!(read(r"\.\./|//").refuted_texts(Search), ["../", "//"]);
    assert!(read(r"^/").refuted_texts(Search).is_empty());
    assert!(read(r"\.\.").refuted_texts(Match).is_empty());
}

#[test]
fn substitutions() {
    let sub = |pattern: &str, replacement| read(pattern).substituted(Some(replacement));
    let substitution = sub("[^a-z0-9]+", "-");
    assert_eq!(substitution.keeps, CharSet::class("a-z0-9"));
    assert_eq!(substitution.adds, CharSet::of("-"));
    assert_eq!(sub(r"\W", "").keeps, WORD.with_other());
    assert_eq!(sub("[;&]", "").keeps, !CharSet::of(";&"));
    assert_eq!(sub(r"[\r\n]+", " ").keeps, !CharSet::of("\r\n"));
    assert_eq!(sub("ab", "").keeps, CharSet::ALL);
    assert_eq!(sub("(['\"])", r"\\\1").keeps, CharSet::ALL);
    assert_eq!(sub("(?P<q>')|x", r"[\g<q>]\n").keeps, !CharSet::of("x"));
    assert_eq!(sub("(?P<q>')|x", r"[\g<q>]\n").adds, CharSet::of("[]\n"));
    assert_eq!(read("[<>]").substituted(None).keeps, !CharSet::of("<>"));
}

#[test]
fn groups() {
    let regex = read("(?P<code>[a-z0-9]+):(?P<note>.*)");
    assert_eq!(regex.group_chars(GroupName::Name("code")), CharSet::class("a-z0-9"));
    assert_eq!(regex.group_chars(GroupName::Index(2)), !CharSet::of("\n"));
    assert_eq!(regex.group_chars(GroupName::Index(0)), !CharSet::of("\n"));
    assert_eq!(regex.group_chars(GroupName::Name("none")), CharSet::ALL);
    assert_eq!((regex.group_count(), regex.group_names()), (2, vec![("code", 1), ("note", 2)]));
    assert_eq!(read("x(asc|desc)").group(GroupName::Index(1)).finite.map(|texts| texts.len()), Some(2));
    assert_eq!(read("x(?=(a))").group_chars(GroupName::Index(1)), CharSet::of("a"));
    assert_eq!(read("[A-Z]+").found_chars(), CharSet::class("A-Z"));
    assert_eq!(read("<([A-Z]+)>").found_chars(), CharSet::class("A-Z"));
    assert_eq!(read(r",\s*").split_chars(), !CharSet::of(","));
    assert_eq!(read(r"(,)\s*").split_chars(), CharSet::ALL);
}

#[test]
fn hostile_patterns_cost_little() {
    for (start, end) in [("(", ")"), ("(?:", ")*"), ("(?=", ")"), ("(a|", ")")] {
        assert!(facts(&(start.repeat(5000) + &end.repeat(5000)), RegexFlags::default()).is_none());
        assert!(facts(&(start.repeat(90) + "x" + &end.repeat(90)), RegexFlags::default()).is_some());
    }
    for piece in ["a?", "{", "[a", "(?P<n>a)", "(a)", "(?!.*a)", "\\", "(a{99}){99}", "|"] {
        if let Some(regex) = facts(&piece.repeat(5000), RegexFlags::default()) {
            regex.proved(FullMatch);
            regex.refuted_texts(Search);
            regex.substituted(Some(&piece.repeat(5000)));
        }
    }
}
