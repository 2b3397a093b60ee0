#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>

namespace xppkg::cli {

/// "de" or "en"; anything else leaves the language of the environment (LC_ALL, LC_MESSAGES, LANG).
void choose_language(std::string_view wanted);

/// The text in the chosen language; the English itself where there is no translation. The
/// translations come from po/*.po and are part of the program, so that they need no installed
/// locale.
std::string_view tr(std::string_view english);

/// A fragment such as the reason of an error or the name of a fact, in the chosen language: from
/// po/de-facts.po, where "{}" stands for any text, which is taken over. Else the text itself.
std::string tr_value(std::string_view english);

/// A translated text with values in place of its "{}".
template <typename... Args>
std::string text(std::string_view english, const Args&... args) {
  return fmt::format(fmt::runtime(tr(english)), args...);
}

/// The text as one word of a shell's command line, quoted where it has to be.
std::string shell_word(std::string_view text);

/// "12.3 MB" (powers of 1000) with the decimal sign of the language.
std::string human_bytes(std::uint64_t bytes);
/// "1:05" or "0:07"; hours where they are needed.
std::string human_duration(std::chrono::seconds duration);

}  // namespace xppkg::cli
