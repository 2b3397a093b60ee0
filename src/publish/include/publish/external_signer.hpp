#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "trust/signer.hpp"

namespace xppkg::publish {

/// A program that keeps keys for us, in a device or elsewhere, and signs with them. It is started
/// once and talks JSON, a line each way. Source: manifests/TRUST.md §6.
class ExternalSigner {
 public:
  /// Starts the program (words separated by blanks; quotation marks keep blanks in a word; no
  /// shell) and asks for its keys. `timeout` is how long one answer may take: a person may have to
  /// type a PIN. Throws Error{trust_key} for a program that does not start or answer as documented.
  ExternalSigner(const std::string& command, std::chrono::seconds timeout);
  ~ExternalSigner();
  ExternalSigner(const ExternalSigner&) = delete;
  ExternalSigner& operator=(const ExternalSigner&) = delete;

  /// One for each key that it offers. Each signature is verified before it is given out; `sign`
  /// throws Error{trust_key}.
  [[nodiscard]] const std::vector<std::unique_ptr<trust::Signer>>& signers() const {
    return signers_;
  }

 private:
  class Conversation;
  class Key;

  std::unique_ptr<Conversation> conversation_;
  std::vector<std::unique_ptr<trust::Signer>> signers_;
};

}  // namespace xppkg::publish
