#include "config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/utf8.hpp"
#include "fs/files.hpp"
#include "fs/system.hpp"
#include "install/state_kinds.hpp"
#include "manifest/manifest.hpp"
#include "site/site.hpp"
#include "source/source.hpp"
#include "source/url.hpp"

namespace xppkg::client {
namespace {

constexpr std::uint64_t kMaxConfig = 256 * 1024;
constexpr std::size_t kMaxSources = 32;

#if defined(_WIN32)
constexpr const char* kSystem = "windows";
#elif defined(__APPLE__)
constexpr const char* kSystem = "macos";
#else
constexpr const char* kSystem = "linux";
#endif
#if defined(__aarch64__) || defined(_M_ARM64)
constexpr const char* kMachine = "arm64";
#elif defined(__x86_64__) || defined(_M_X64)
constexpr const char* kMachine = "x86_64";
#else
constexpr const char* kMachine = "x86";
#endif

/// With what is not UTF-8, as in old names of folders, in the form that an address has for any
/// byte; also the sign of that form itself where the text is a path and no address yet.
std::string percent_encoded(std::string_view text, bool is_path) {
  std::string encoded;
  while (!text.empty()) {
    const auto character = first_utf8_character(text);
    const std::size_t size = character ? character->bytes : 1;
    if (character && !(is_path && text.front() == '%')) {
      encoded += text.substr(0, size);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(text.front()));
    }
    text.remove_prefix(size);
  }
  return encoded;
}

// A path in an address is kept absolute, so that the command works from every folder.
std::string absolute_source(const std::string& url) {
  constexpr std::string_view kFile = "file:";
  const std::string address = percent_encoded(url, /*is_path=*/false);
  if (!url.starts_with(kFile) || url.starts_with("file:/")) return address;
  const std::string here =
      percent_encoded(fs::to_utf8(std::filesystem::current_path()), /*is_path=*/true);
  const fs::Path path = fs::from_utf8(here) / fs::from_utf8(address.substr(kFile.size()));
  // Behind a link ".." leads elsewhere than in the text.
  const bool goes_up = std::ranges::find(path, "..") != path.end();
  return "file://" + fs::to_utf8(goes_up ? path : path.lexically_normal());
}

void require_utf8(const std::string& option, const std::string& text) {
  if (!is_utf8(text)) {
    throw Error(Code::usage_invalid, {{option, text}, {"reason", "it is not UTF-8"}});
  }
}

std::string absolute_file(const std::string& path) {
  return path.empty() ? path : fs::to_utf8(std::filesystem::absolute(fs::from_utf8(path)));
}

void check_values(const Config& config) {
  manifest::check_package_name(config.package);
  manifest::check_channel_name(config.channel);
  manifest::check_platform_name(config.platform);
  if (config.sources.empty() || config.sources.size() > kMaxSources) {
    throw Error(Code::usage_invalid, {{"reason", "one to 32 sources are needed"}});
  }
}

/// The rest of an address is the configuration's, whose possible writers were judged.
bool only_adds_password(const std::string& complete, const std::string& url,
                        const std::string& without_password) {
  if (without_password != url) return false;
  const auto begin = std::ranges::mismatch(complete, url).in1;
  const auto end = begin + static_cast<std::ptrdiff_t>(complete.size() - url.size());
  return std::string(begin, end).find_first_of("/?#") == std::string::npos;
}

// A user who may not read them works without passwords, or with those of his environment.
std::optional<Bytes> read_passwords(fs::FileSystem& disk, const install::Layout& layout) {
  try {
    return fs::read_file_if_there(disk, layout.passwords(), kMaxConfig);
  } catch (const Error& error) {
    if (error.code() != Code::rights_denied) throw;
    return std::nullopt;
  }
}

}  // namespace

Config config_from(const InitOptions& options) {
  Config config;
  config.package = options.package;
  config.platform =
      options.platform.empty() ? std::string(kSystem) + "-" + kMachine : options.platform;
  return changed(
      std::move(config),
      {options.sources, options.channel, options.database, options.workstation, options.proxy,
       options.ca_file, options.keep_releases, options.keep_bytes, options.confirm_starts});
}

Config changed(Config config, const SettingsChange& change) {
  if (change.sources) {
    config.sources.clear();
    for (const std::string& url : *change.sources) config.sources.push_back(absolute_source(url));
  }
  if (change.channel) config.channel = *change.channel;
  if (change.database) {
    config.database = change.database->empty() ? "" : site::checked_address(*change.database);
  }
  if (change.workstation) {
    config.workstation =
        change.workstation->empty() ? as_utf8(fs::host_name()) : *change.workstation;
  }
  if (change.proxy) config.proxy = *change.proxy;
  if (change.ca_file) config.ca_file = absolute_file(*change.ca_file);
  config.keep_releases = change.keep_releases.value_or(config.keep_releases);
  config.keep_bytes = change.keep_bytes.value_or(config.keep_bytes);
  config.confirm_starts = change.confirm_starts.value_or(config.confirm_starts);
  require_utf8("database", config.database);
  require_utf8("workstation", config.workstation);
  require_utf8("proxy", config.proxy);
  require_utf8("ca file", config.ca_file);
  check_values(config);
  // Later, one that cannot be used is like one that is down.
  if (change.sources) {
    for (const std::string& url : config.sources) source::check_source_address(url, fs::native());
  }
  return config;
}

std::string write_config(const Config& config) {
  return pretty({{"format", "1.0"},
                 {"sources", config.sources},
                 {"package", config.package},
                 {"channel", config.channel},
                 {"platform", config.platform},
                 {"database", config.database},
                 {"workstation", config.workstation},
                 {"proxy", config.proxy},
                 {"ca_file", config.ca_file},
                 {"keep_releases", config.keep_releases},
                 {"keep_bytes", config.keep_bytes},
                 {"confirm_starts", config.confirm_starts}});
}

Config without_passwords(Config config) {
  for (std::string& url : config.sources) url = source::without_password(url);
  config.proxy = source::without_password(config.proxy);
  config.database = site::without_password(config.database);
  return config;
}

std::string write_passwords(const Config& config) {
  const Config shown = without_passwords(config);
  Json addresses = Json::object();
  const auto add = [&](const std::string& without, const std::string& with) {
    if (without != with) addresses[without] = with;
  };
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    add(shown.sources[i], config.sources[i]);
  }
  add(shown.proxy, config.proxy);
  add(shown.database, config.database);
  return addresses.empty() ? std::string() : pretty({{"format", "1.0"}, {"addresses", addresses}});
}

void add_passwords(ByteView passwords, Config& config) {
  const Json json = parse_strict(passwords, Code::corrupt_state);
  const Fields fields(json, "passwords.json", Code::corrupt_state);
  const Json& addresses = fields.object("addresses");
  const auto complete = [&](std::string& url, const auto& without_password) {
    const auto found = addresses.find(url);
    if (found == addresses.end()) return;
    if (!found->is_string()) fields.fail("an address that is no text");
    const auto address = found->get<std::string>();
    if (!only_adds_password(address, url, without_password(address))) {
      fields.fail("more than a password");
    }
    url = address;
  };
  for (std::string& url : config.sources) complete(url, source::without_password);
  complete(config.proxy, source::without_password);
  complete(config.database, site::without_password);
}

Config load_config(fs::FileSystem& disk, const install::Layout& layout) {
  install::check_kind(disk, layout.config(), fs::Kind::file);
  install::check_kind(disk, layout.passwords(), fs::Kind::file);
  if (!disk.stat(layout.config())) {
    throw Error(Code::usage_not_installation, {{"folder", fs::to_utf8(layout.root)}});
  }
  const auto file = disk.open_read(layout.config());
  const Bytes bytes = fs::read_file(*file, layout.config(), kMaxConfig);
  const Json json = parse_strict(bytes, Code::corrupt_state);
  const Fields fields(json, "config.json", Code::corrupt_state);
  if (!fields.text("format").starts_with("1.")) {
    throw Error(Code::unsupported_format, {{"file", "config.json"}});
  }
  Config config;
  config.authors = fs::authors_of(*file);
  for (const Json& url : fields.array("sources", kMaxSources)) {
    if (!url.is_string()) fields.fail("a source that is no text");
    config.sources.push_back(url.get<std::string>());
  }
  config.package = fields.text("package");
  config.channel = fields.text("channel");
  config.platform = fields.text("platform");
  config.database = fields.text_or("database", "");
  config.workstation = fields.text_or("workstation", "");
  config.proxy = fields.text_or("proxy", "");
  config.ca_file = fields.text_or("ca_file", "");
  config.keep_releases = fields.number_or("keep_releases", config.keep_releases);
  config.keep_bytes = fields.number_or("keep_bytes", config.keep_bytes);
  config.confirm_starts = fields.number_or("confirm_starts", 0);
  if (const auto passwords = read_passwords(disk, layout)) add_passwords(*passwords, config);
  try {
    check_values(config);
  } catch (const Error& error) {
    throw Error(Code::corrupt_state, {{"file", "config.json"}, {"cause", error.what()}});
  }
  return config;
}

void save_config(fs::FileSystem& disk, const install::Layout& layout, const Config& config) {
  const auto found = disk.stat(layout.passwords());
  if (found) fs::read_file(disk, layout.passwords(), kMaxConfig);
  if (const std::string passwords = write_passwords(config); !passwords.empty()) {
    fs::write_file_atomically(disk, layout.passwords(), as_bytes(passwords),
                              found ? found->mode & 0777 : 0600);
  } else if (found) {
    disk.remove_file(layout.passwords());
  }
  fs::write_file_atomically(disk, layout.config(),
                            as_bytes(write_config(without_passwords(config))));
}

}  // namespace xppkg::client
