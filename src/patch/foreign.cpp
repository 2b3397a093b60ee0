#include "patch/foreign.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/bytes.hpp"
#include "xppkg/error.hpp"

namespace xppkg::patch {
namespace {

using namespace std::string_view_literals;

struct Format {
  std::string_view begins;
  const char* name;
};

// Longer magic numbers come first.
constexpr std::array kFormats{
    Format{"ENDSLEY/BSDIFF"sv, "ENDSLEY/BSDIFF43 (bsdiff of Matthew Endsley)"},
    Format{"BSDF2"sv, "BSDF2 (bsdiff of Android and Chromium OS)"},
    Format{"GBSDIF42"sv, "GBSDIF42 (bsdiff of Chromium)"},
    Format{"MBDIFF10"sv, "MBDIFF10 (bsdiff of Mozilla)"},
    Format{"BSDIFN40"sv, "BSDIFN40 (bsdiff without compression)"},
    Format{"DDELTA40"sv, "DDELTA40 (ddelta)"},
    Format{"IMGDIFF"sv, "IMGDIFF (imgdiff of Android)"},
    Format{"PUF1"sv, "PUF1 (puffin of Android and Chromium OS)"},
    Format{"HDIFFSF"sv, "HDIFFSF (HDiffPatch, single stream)"},
    Format{"HDIFF"sv, "HDIFF (HDiffPatch)"},
    Format{"hI"sv, "hI (HPatchLite)"},
    Format{"\xd6\xc3\xc4"sv, "VCDIFF (xdelta3, open-vcdiff)"},
    Format{"%XDELTA%"sv, "%XDELTA% (xdelta 1)"},
    Format{"%XDZ"sv, "%XDZ (xdelta 1)"},
    Format{"\x28\xb5\x2f\xfd"sv, "zstd (a compressed file, or zstd --patch-from)"},
    Format{"Cou"sv, "Courgette (of Chromium)"},
    Format{"CrAU"sv, "CrAU (a payload of Android or Chromium OS)"},
    Format{"Zucc"sv, "Zucchini (of Chromium)"},
    Format{"rs\x02"sv, "rdiff (librsync)"},
    Format{"GFbFv1_0"sv, "GFbFv1_0 (archive-patcher of Android)"},
    Format{"diff --git "sv, "git diff (text; git apply takes it)"},
    Format{"GIT binary patch"sv, "GIT binary patch (git apply takes it)"},
    Format{"# v2 git bundle"sv, "git bundle"},
    Format{"# v3 git bundle"sv, "git bundle"},
    Format{"PA30"sv, "PA30 (MSDelta of Windows)"},
    Format{"PA31"sv, "PA31 (MSDelta of Windows)"},
    Format{"PA19"sv, "PA19 (PatchAPI of Windows)"},
    Format{"drpm"sv, "drpm (deltarpm)"},
    Format{"\x00\x5f\xef\x0f"sv, "wharf (itch.io)"},
    Format{"spk!"sv, "spk! (Sparkle)"},
    Format{"BPS1"sv, "BPS1 (beat)"},
    Format{"UPS1"sv, "UPS1 (UPS)"},
    Format{"PATCH"sv, "PATCH (IPS)"},
    Format{"BDIFF/"sv, "BDIFF (bdiff)"},
    Format{"\x1f\x8b"sv, "gzip (a compressed file; unpack it first)"},
    Format{"\xfd\x37zXZ"sv, "xz (a compressed file; unpack it first)"},
    Format{"BZh"sv, "bzip2 (a compressed file; unpack it first)"},
    Format{"PK\x03\x04"sv, "ZIP (an archive; unpack it first)"},
};

[[noreturn]] void refuse(std::string name) {
  throw Error(Code::unsupported_patch, {{"format", std::move(name)}});
}

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

/// The printable bytes that a file begins with.
std::string_view name_in(std::string_view head) {
  constexpr std::size_t kLongest = 16;
  const auto end = std::ranges::find_if_not(head.substr(0, kLongest), is_printable);
  return head.substr(0, static_cast<std::size_t>(end - head.begin()));
}

bool is_text_diff(std::string_view head) {
  for (const std::string_view begin : {"--- "sv, "Index: "sv, "diff -"sv, "*** "sv}) {
    if (head.starts_with(begin)) return true;
  }
  // Mail headers of git format-patch come before the diff.
  return head.find("\ndiff --git ") != std::string_view::npos ||
         head.find("\nGIT binary patch") != std::string_view::npos;
}

}  // namespace

void refuse_foreign(const RandomReader& patch) {
  constexpr std::uint64_t kHead = 4096;
  Bytes bytes(static_cast<std::size_t>(std::min(kHead, patch.size())));
  patch.read_at(0, bytes);
  const std::string_view head = as_text(bytes);
  if (head.starts_with("BSDIFF40") || head.starts_with("xppkg")) return;
  for (const Format& format : kFormats) {
    if (head.starts_with(format.begins)) refuse(format.name);
  }
  if (is_text_diff(head)) refuse("diff (text; patch or git apply takes it)");
  // Relatives of which nothing more is known name themselves.
  const std::string_view name = name_in(head);
  for (const std::string_view word : {"DIFF"sv, "DIF4"sv, "BSDI"sv, "DELTA"sv, "PATCH"sv}) {
    if (name.find(word) != std::string_view::npos) refuse(std::string(name));
  }
}

}  // namespace xppkg::patch
