#pragma once

#include "trust/public_key.hpp"

namespace xppkg::trust {

/// Something that signs for one key: a key in memory, or a program or device that keeps it.
class Signer {
 public:
  Signer() = default;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  virtual ~Signer() = default;

  [[nodiscard]] virtual const PublicKey& public_key() const = 0;
  [[nodiscard]] virtual Bytes sign(ByteView message) const = 0;

 protected:
  Signer(Signer&&) = default;
  Signer& operator=(Signer&&) = default;
};

}  // namespace xppkg::trust
