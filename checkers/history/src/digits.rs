//! Whole numbers as JSON writes them, read eight digits at a time.

/// What makes room for so many digits.
const ROOM: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A number of more digits is left to others.
const MOST: usize = 19;

/// The whole number at the beginning, as JSON writes it, and what follows. One of more than 19 digits is left to others.
#[inline]
pub(crate) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut value, mut digits) = (0_u64, 0);
    loop {
        let Some(eight) = text[digits..].first_chunk::<8>() else {
            while let Some(digit) = text.get(digits).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
                value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
                digits += 1;
            }
            break;
        };
        let (part, found) = leading(*eight);
        value = value.wrapping_mul(ROOM[found]).wrapping_add(part);
        digits += found;
        if found < 8 || digits > MOST {
            break;
        }
    }
    let is_one = digits == 1 || (2..=MOST).contains(&digits) && text[0] != b'0';
    is_one.then(|| (value, &text[digits..]))
}

/// The value of the digits at the beginning of eight bytes, and how many they are.
#[inline]
fn leading(eight: [u8; 8]) -> (u64, usize) {
    // A digit becomes its value. The first byte is the lowest.
    let values = u64::from_le_bytes(eight) ^ 0x3030_3030_3030_3030;
    // The highest bit of each byte that is above nine. A carry spoils only bytes behind such a one.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let found = others.trailing_zeros() / 8;
    // As many zeros in front as digits are lacking.
    let values = values.checked_shl(64 - 8 * found).unwrap_or(0);
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let (even, odd) = (pairs & 0x0000_00ff_0000_00ff, (pairs >> 16) & 0x0000_00ff_0000_00ff);
    let even = even.wrapping_mul(100 + (1_000_000 << 32));
    let value = even.wrapping_add(odd.wrapping_mul(1 + (10_000 << 32))) >> 32;
    (value, found as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Digit by digit.
    fn slowly(text: &[u8]) -> Option<(u64, &[u8])> {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_one = digits == 1 || (2..=19).contains(&digits) && text[0] != b'0';
        let value = || std::str::from_utf8(&text[..digits]).unwrap().parse().unwrap();
        is_one.then(|| (value(), &text[digits..]))
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_digit_by_digit(number in "[0-9]{0,22}", rest in prop::collection::vec(any::<u8>(), 0..12)) {
            let text = [number.as_bytes(), &rest].concat();
            prop_assert_eq!(super::number(&text), slowly(&text));
        }

        #[test]
        fn every_number_is_read(number in any::<u64>(), rest in "[],} ]{0,9}") {
            let text = format!("{number}{rest}");
            prop_assert_eq!(super::number(text.as_bytes()), slowly(text.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-1", "01", "00000000", "x", ":;", "12345678901234567890", "99999999999999999999999999"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
        assert_eq!(number(b"9999999999999999999"), Some((9_999_999_999_999_999_999, &b""[..])));
        assert_eq!(number(b"0,"), Some((0, &b","[..])));
        assert_eq!(number("7\u{b2}\u{b2}\u{b2}\u{b2}".as_bytes()).map(|found| found.0), Some(7));
    }
}
