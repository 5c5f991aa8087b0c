# What a box brings, made of the lab's image: a user vagrant whose key everybody knows, sudo, and an address.
require "fileutils"
require "securerandom"

module Nspawn
  class Box
    SUDO = "vagrant ALL=(ALL) NOPASSWD: ALL\n".freeze
    # The image's own user: in a box there is none, and tools/vagrant_admin.sh is what makes it.
    WITHOUT = "userdel --remove admin 2>/dev/null && rm /etc/sudoers.d/90-admin".freeze
    USER = "useradd --create-home --shell /bin/bash vagrant".freeze
    HOST_KEY = "etc/ssh/ssh_host_ed25519_key".freeze

    def initialize(settings, address)
      @settings = settings
      @address = address
    end

    def unpack(root)
      FileUtils.mkdir_p(File.dirname(root))
      run("cp", "--archive", "--reflink=auto", @settings.image, root)
      [WITHOUT, USER].each { |command| run("chroot", root, "sh", "-euc", command) }
      run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "box", "-f", File.join(root, HOST_KEY))
      key = File.read(File.join(Vagrant.source_root, "keys/vagrant.pub"))
      write(root, "home/vagrant/.ssh/authorized_keys", key, 0o600)
      run("chroot", root, "chown", "--recursive", "vagrant:vagrant", "/home/vagrant")
      write(root, "etc/sudoers.d/vagrant", SUDO, 0o440)
      write(root, "etc/machine-id", "#{SecureRandom.hex}\n", 0o444)
      write(root, "etc/hostname", "box\n")
      write(root, "etc/hosts", "127.0.0.1 localhost\n127.0.1.1 box\n")
      write(root, "etc/resolv.conf", @settings.resolver)
      write(root, "etc/systemd/network/10-host0.network", network)
    end

    private

    def network
      "[Match]\nName=host0\n[Network]\nAddress=#{@address}/#{@settings.prefix}\nGateway=#{@settings.gateway}\n"
    end

    def write(root, name, text, mode = 0o644)
      path = File.join(root, name)
      FileUtils.mkdir_p(File.dirname(path), mode: 0o755)
      FileUtils.rm_f(path)
      File.write(path, text, perm: mode)
    end

    def run(*words)
      system(*words) or raise "`#{words.join(' ')}` failed"
    end
  end
end
