#include "base/translated.hpp"

#include <cerrno>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "base/json.hpp"

namespace xppkg {
namespace {

/// The id of nlohmann::json's exception for text that is not UTF-8.
constexpr int kNotUtf8 = 316;

std::string path_text(const std::filesystem::path& path) {
  const auto text = path.u8string();
  return {text.begin(), text.end()};
}

}  // namespace

Code code_of_system(std::error_code error) {
  const auto is_one_of = [&](auto... conditions) { return ((error == conditions) || ...); };
  using std::errc;
  if (is_one_of(errc::permission_denied, errc::operation_not_permitted,
                errc::read_only_file_system)) {
    return Code::rights_denied;
  }
#ifdef EDQUOT
  if (error == std::error_code(EDQUOT, std::generic_category()) ||
      error == std::error_code(EDQUOT, std::system_category())) {
    return Code::space_insufficient;
  }
#endif
  if (is_one_of(errc::no_space_on_device)) return Code::space_insufficient;
  if (is_one_of(errc::device_or_resource_busy, errc::text_file_busy)) return Code::use_busy;
  if (is_one_of(errc::not_enough_memory, errc::resource_unavailable_try_again,
                errc::too_many_files_open, errc::too_many_files_open_in_system)) {
    return Code::process_limit;
  }
  return Code::io_failed;
}

void throw_translated() {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::filesystem::filesystem_error& error) {
    // The call was for the working folder if there is no path.
    const std::string path = path_text(error.path1());
    throw Error(code_of_system(error.code()),
                {{"path", path.empty() ? "." : path}, {"cause", error.code().message()}});
  } catch (const std::system_error& error) {
    throw Error(code_of_system(error.code()), {{"cause", error.code().message()}});
  } catch (const std::bad_alloc&) {
    throw Error(Code::process_limit, {{"cause", "no memory"}});
  } catch (const std::length_error&) {
    throw Error(Code::process_limit, {{"cause", "no memory"}});
  } catch (const Json::exception& error) {
    if (error.id != kNotUtf8) throw Error(Code::internal, {{"cause", error.what()}});
    throw Error(Code::usage_invalid, {{"reason", "a name or text is not UTF-8"}});
  } catch (const std::exception& error) {
    throw Error(Code::internal, {{"cause", error.what()}});
  } catch (...) {
    throw Error(Code::internal, {{"cause", "an exception of no known kind"}});
  }
}

}  // namespace xppkg
