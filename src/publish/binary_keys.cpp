#include "binary_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kLargest = 1024 * 1024;

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctets = 0x04;
constexpr std::uint8_t kObjectId = 0x06;
constexpr std::uint8_t kSequence = 0x30;

/// 1.2.840.113549.1, of all that PKCS defines.
constexpr std::array<std::uint8_t, 7> kPkcs{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01};
/// 1.2.840.113549.1.12.10.1: the bags of PKCS #12. 1 is a key, 2 an encrypted one.
constexpr std::array<std::uint8_t, 10> kBags{0x2a, 0x86, 0x48, 0x86, 0xf7,
                                             0x0d, 0x01, 0x0c, 0x0a, 0x01};

struct Value {
  std::uint8_t tag = 0;
  ByteView bytes;
};

/// The value that begins here, taken from the bytes; nothing where it is not DER.
std::optional<Value> take(ByteView& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  Value value;
  value.tag = bytes[0];
  std::size_t size = bytes[1];
  std::size_t at = 2;
  if (size >= 0x80) {
    const std::size_t digits = size - 0x80;
    if (digits == 0 || digits > 4 || bytes.size() < at + digits) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < digits; ++i) size = size << 8 | bytes[at + i];
    at += digits;
  }
  if (size > bytes.size() - at) return std::nullopt;
  value.bytes = bytes.subspan(at, size);
  bytes = bytes.subspan(at + size);
  return value;
}

bool is_number(const std::optional<Value>& value, std::uint8_t number) {
  return value && value->tag == kInteger && value->bytes.size() == 1 &&
         value->bytes.front() == number;
}

bool begins_with_object_id(const Value& value) {
  return value.tag == kSequence && !value.bytes.empty() && value.bytes.front() == kObjectId;
}

bool holds_key_bag(ByteView bytes) {
  while (true) {
    const auto at = std::search(bytes.begin(), bytes.end(), kBags.begin(), kBags.end());
    if (bytes.end() - at <= static_cast<std::ptrdiff_t>(kBags.size())) return false;
    bytes = ByteView(at, bytes.end()).subspan(kBags.size());
    if (bytes[0] >= 1 && bytes[0] <= 2) return true;
  }
}

/// SEQUENCE { SEQUENCE { OBJECT IDENTIFIER of PKCS #5 or #12, … }, OCTET STRING }
bool is_encrypted_pkcs8(const Value& first, ByteView rest) {
  if (!begins_with_object_id(first)) return false;
  ByteView inner = first.bytes;
  const auto id = take(inner);
  if (!id || id->bytes.size() <= kPkcs.size()) return false;
  const bool is_pkcs = std::ranges::equal(id->bytes.first(kPkcs.size()), kPkcs);
  const std::uint8_t part = id->bytes[kPkcs.size()];
  const auto key = take(rest);
  return is_pkcs && (part == 5 || part == 12) && key && key->tag == kOctets && rest.empty();
}

const char* kind_of(ByteView bytes) {
  constexpr std::size_t kLeastModulus = 32;
  const auto whole = take(bytes);
  if (!whole || whole->tag != kSequence) return nullptr;
  ByteView rest = whole->bytes;
  const auto first = take(rest);
  if (!first) return nullptr;
  if (is_encrypted_pkcs8(*first, rest)) return "PKCS #8";
  const auto second = take(rest);
  if (!second) return nullptr;
  if (is_number(first, 3) && begins_with_object_id(*second)) {
    return holds_key_bag(whole->bytes) ? "PKCS #12" : nullptr;
  }
  const bool is_0 = is_number(first, 0);
  const bool is_1 = is_number(first, 1);
  const auto third = take(rest);
  if ((is_0 || is_1) && begins_with_object_id(*second) && third && third->tag == kOctets) {
    return "PKCS #8";
  }
  if (is_0 && second->tag == kInteger && second->bytes.size() >= kLeastModulus && third &&
      third->tag == kInteger) {
    return "PKCS #1";
  }
  const bool is_scalar =
      second->tag == kOctets && second->bytes.size() >= 20 && second->bytes.size() <= 72;
  return is_1 && is_scalar ? "SEC 1" : nullptr;
}

/// Bytes of the header of an OpenPGP packet with a secret key, and of its contents (RFC 9580, 4.2).
struct Packet {
  std::size_t header = 0;
  std::uint64_t size = 0;
};

std::optional<Packet> secret_key_packet(ByteView bytes) {
  const auto number = [&](std::size_t digits) {
    std::uint64_t size = 0;
    for (std::size_t i = 1; i <= digits; ++i) size = size << 8U | bytes[i];
    return size;
  };
  switch (bytes[0]) {
    case 0x94:
      return Packet{2, number(1)};
    case 0x95:
      return Packet{3, number(2)};
    case 0x96:
      return Packet{5, number(4)};
    case 0xc5:
      if (bytes[1] < 192) return Packet{2, bytes[1]};
      if (bytes[1] < 224) return Packet{3, (bytes[1] - 192U) * 256U + bytes[2] + 192U};
      return Packet{6, bytes[1] == 255 ? number(5) & 0xffff'ffffU : 0};
    default:
      return std::nullopt;
  }
}

/// A key, and at its end nothing, or a signature, a subkey, a name or trust.
bool is_openpgp_key(ByteView bytes) {
  constexpr std::size_t kLeast = 32;
  if (bytes.size() < kLeast) return false;
  const auto packet = secret_key_packet(bytes);
  if (!packet || packet->size < kLeast / 2) return false;
  const std::uint8_t version = bytes[packet->header];
  const std::uint64_t end = packet->header + packet->size;
  if (version < 3 || version > 6 || end > bytes.size()) return false;
  if (end == bytes.size()) return true;
  const std::uint8_t next = bytes[static_cast<std::size_t>(end)];
  const int tag = (next & 0x40U) != 0 ? next & 0x3f : next >> 2U & 0x0f;
  return (next & 0x80U) != 0 && (tag == 2 || tag == 7 || tag == 12 || tag == 13 || tag == 17);
}

/// Magic, version, count, and the kind of the first entry: 1 is a secret key, 3 a symmetric one.
bool is_java_key_store(ByteView bytes) {
  constexpr std::array<std::uint8_t, 4> kJks{0xfe, 0xed, 0xfe, 0xed};
  constexpr std::array<std::uint8_t, 4> kJceks{0xce, 0xce, 0xce, 0xce};
  if (bytes.size() < 16) return false;
  const ByteView magic = bytes.first(4);
  if (!std::ranges::equal(magic, kJks) && !std::ranges::equal(magic, kJceks)) return false;
  return bytes[12] == 0 && bytes[13] == 0 && bytes[14] == 0 && (bytes[15] == 1 || bytes[15] == 3);
}

/// A private key of Windows (PRIVATEKEYBLOB): type, version, nothing, algorithm, magic.
bool is_windows_blob(ByteView bytes) {
  if (bytes.size() < 64 || bytes[0] != 7 || bytes[1] != 2 || bytes[2] != 0 || bytes[3] != 0) {
    return false;
  }
  const std::string_view magic = as_text(bytes.subspan(8, 4));
  return magic == "RSA2" || magic == "DSS2" || magic == "DSS4";
}

/// A file of the same that may be encrypted (PVK), as signtool once took them.
bool is_pvk(ByteView bytes) {
  return bytes.size() >= 64 &&
         as_text(bytes.first(8)) == std::string_view("\x1e\xf1\xb5\xb0\0\0\0\0", 8);
}

}  // namespace

const char* binary_key_at(ByteView bytes) {
  if (is_java_key_store(bytes)) return "Java key store";
  return is_windows_blob(bytes) || is_pvk(bytes) ? "Windows" : kind_of(bytes);
}

const char* binary_key(const RandomReader& file) {
  constexpr std::size_t kHead = 8;
  if (file.size() > kLargest || file.size() < 16) return nullptr;
  Bytes bytes(kHead);
  file.read_at(0, bytes);
  constexpr std::array<std::uint8_t, 10> kFirst{kSequence, 0xfe, 0xce, 0x94, 0x95,
                                                0x96,      0x97, 0xc5, 7,    0x1e};
  if (std::ranges::find(kFirst, bytes.front()) == kFirst.end()) return nullptr;
  bytes.resize(static_cast<std::size_t>(file.size()));
  file.read_at(0, bytes);
  return is_openpgp_key(bytes) ? "OpenPGP" : binary_key_at(bytes);
}

}  // namespace xppkg::publish
