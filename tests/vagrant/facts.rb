# Prints as JSON what a Vagrantfile really configures, and exits with 1 on what `vagrant validate` misses:
# an address that is none, a playbook or an inventory that isn't there.
#   ruby facts.rb [FOLDER] [PROVIDER]
require "ipaddr"
require "json"
require "vagrant"

PROVISIONER_FILES = %i[playbook inventory_path config_file path].freeze

def address?(text)
  IPAddr.new(text)
rescue IPAddr::Error
  false
end

def networks(config)
  config.vm.networks.reject { |_, options| options[:id] == "ssh" }.map do |kind, options|
    { kind: kind, **options.slice(:ip, :guest, :host, :host_ip) }
  end
end

def provisioners(config)
  config.vm.provisioners.map do |provisioner|
    files = PROVISIONER_FILES.select { |name| provisioner.config.respond_to?(name) }
    paths = files.to_h { |name| [name, provisioner.config.public_send(name)] }
    { name: provisioner.name, type: provisioner.type, **paths.select { |_, path| path.is_a?(String) } }
  end
end

def mistakes(root, machine)
  addresses = machine[:networks].filter_map { |network| network[:ip] }
  files = machine[:provisioners].flat_map { |provisioner| provisioner.slice(*PROVISIONER_FILES).values }
  addresses.reject { |text| address?(text) }.map { |text| "#{text} is no address" } +
    files.reject { |path| File.exist?(File.join(root, path)) }.map { |path| "#{path} isn't there" }
end

folder, provider = ARGV
environment = Vagrant::Environment.new(cwd: folder || ".", ui_class: Vagrant::UI::Silent)
machines = environment.machine_names.to_h do |name|
  config = environment.vagrantfile.machine_config(name, (provider || "virtualbox").to_sym, nil, nil, false)[:config]
  facts = { box: config.vm.box, hostname: config.vm.hostname }
  [name, facts.merge(networks: networks(config), provisioners: provisioners(config))]
end
wrong = machines.flat_map { |name, machine| mistakes(environment.root_path, machine).map { |text| "#{name}: #{text}" } }
puts JSON.pretty_generate(machines)
abort wrong.join("\n") unless wrong.empty?
